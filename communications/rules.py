"""Who may: meetings are for those who take part, messages for staff."""

import rules

from partnership.rules import is_staff_of, takes_part_in

rules.add_perm("communications.view_meeting", takes_part_in)
rules.add_perm("communications.edit_meeting", is_staff_of)
rules.add_perm("communications.view_message", is_staff_of)
rules.add_perm("communications.edit_message", is_staff_of)
