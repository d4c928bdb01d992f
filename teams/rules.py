"""Who may: what the public reads stands in the querysets, what people may do stands here."""

import rules

from partnership.rules import is_staff_of, takes_part_in, works_for

# Drafts, rosters, requests for help and hidden sentences.
rules.add_perm("teams.view_inside", takes_part_in)
rules.add_perm("teams.edit_team", is_staff_of)
rules.add_perm("teams.edit_plan", is_staff_of)
rules.add_perm("teams.edit_item", is_staff_of)
rules.add_perm("teams.hide_note", is_staff_of)
rules.add_perm("teams.request_updates", is_staff_of)
rules.add_perm("teams.answer_for", is_staff_of | works_for)
