"""Who may: the dashboard is for council and staff, the desk for staff."""

import rules

from partnership.rules import is_council_of, is_staff_of

rules.add_perm("dashboards.view_council", is_staff_of | is_council_of)
rules.add_perm("dashboards.view_today", is_staff_of)
