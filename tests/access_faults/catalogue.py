"""Each hole: a file, what stands there, what stands there instead, and the tests that have to notice."""

from dataclasses import dataclass

MATRIX = "tests/walls/test_access_matrix.py::test_the_command_says_what_was_reviewed"
LINK_ENDS = "tests/walls/test_access_matrix.py::test_each_of_the_ways_in_which_a_link_can_end_ends_it"
REFUSED = "tests/walls/test_access_matrix.py::test_refused_are_refused_and_change_nothing"
ROLES = "tests/walls/test_roles.py"
FORMS = "tests/walls/test_forms.py"
MASS = "tests/walls/test_mass_assignment.py"
FIELDS = "tests/walls/test_fields_taken.py"
HEADERS = "tests/walls/test_headers.py"
OPERATORS = "tests/wiring/test_operators.py"
ACCESS = "tests/wiring/test_access.py"
# In the middle of a file, without another import above.
PUBLIC = '__import__("ci_backbone.lib.access", fromlist=["public"]).public'
EXEMPT = '__import__("django.views.decorators.csrf", fromlist=["csrf"]).csrf_exempt'


@dataclass(frozen=True)
class Fault:
    """`old` stands in the file exactly once."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


def _fault(name: str, path: str, old: str, new: str, *tests: str) -> Fault:
    return Fault(name, path, old, new, tests)


FAULTS = [
    # Markers
    _fault(
        "marker-gone",
        "teams/views/teams.py",
        '@needs("teams.edit_team")\ndef team_edit',
        "def team_edit",
        ACCESS,
    ),
    _fault(
        "marker-public",
        "communications/views/messages.py",
        '@needs("communications.view_message")\ndef message_list',
        f"@{PUBLIC}\ndef message_list",
        MATRIX,
    ),
    _fault(
        "marker-other-permission",
        "partnership/views/organizations.py",
        '@needs("partnership.edit_organization")\ndef organization_edit',
        '@needs("partnership.view_organization")\ndef organization_edit',
        MATRIX,
    ),
    _fault(
        "link-without-purpose",
        "teams/views/updates.py",
        '@by_link("update")\n@link_page\n@with_link\ndef link_update',
        '@by_link("")\n@link_page\n@with_link\ndef link_update',
        ACCESS,
        MATRIX,
    ),
    _fault(
        "anyone-signed-in",
        "ci_backbone/lib/access.py",
        'if stranger and access.kind in ("signed_in", "operator"):',
        "if False:",
        ACCESS,
    ),
    # What views ask
    _fault(
        "require-nothing",
        "ci_backbone/lib/access.py",
        "    if user.has_perm(permission, obj):\n        return\n",
        "    return\n",
        ACCESS,
    ),
    _fault(
        "require-gone-partners",
        "partnership/access.py",
        "    require(request.user, permission, found)\n",
        "",
        f"{REFUSED}[partner]",
        ROLES,
    ),
    _fault(
        "require-gone-today",
        "ci_backbone/dashboards/views.py",
        '    require(request.user, "dashboards.view_today", here)\n',
        "",
        f"{REFUSED}[partner]",
        ROLES,
    ),
    _fault(
        "require-gone-history",
        "partnership/views/history.py",
        '    require(request.user, "partnership.put_text_back", here)\n',
        "",
        f"{REFUSED}[partner]",
        ROLES,
    ),
    _fault(
        "outsiders-learn",
        "ci_backbone/lib/access.py",
        "    if is_outsider(user, obj):\n        raise Http404(permission)\n",
        "",
        f"{REFUSED}[other_staff]",
    ),
    # Rules
    _fault(
        "rule-staff-is-anyone",
        "partnership/rules.py",
        'rules.add_perm("partnership.edit_contact", is_staff_of)',
        'rules.add_perm("partnership.edit_contact", takes_part_in)',
        MATRIX,
    ),
    _fault(
        "rule-answer-for-others",
        "teams/rules.py",
        'rules.add_perm("teams.answer_for", is_staff_of | works_for)',
        'rules.add_perm("teams.answer_for", takes_part_in)',
        MATRIX,
    ),
    _fault(
        "rule-organization-of-others",
        "partnership/rules.py",
        'rules.add_perm("partnership.view_organization", is_staff_of | works_for)',
        'rules.add_perm("partnership.view_organization", takes_part_in)',
        MATRIX,
    ),
    _fault(
        "rule-erase-by-council",
        "partnership/rules.py",
        'rules.add_perm("partnership.erase_person", is_staff_of)',
        'rules.add_perm("partnership.erase_person", is_staff_of | is_council_of)',
        MATRIX,
    ),
    _fault(
        "rule-document-public",
        "partnership/rules.py",
        "    return document.is_public\n",
        "    return True\n",
        "tests/partnership/test_documents.py",
    ),
    _fault(
        "roles-that-ended",
        "partnership/models/access.py",
        "        return self.filter(begun, Q(ended_at=None) | Q(ended_at__gt=now))",
        "        return self.filter(begun)",
        "tests/partnership/test_members.py",
        "tests/partnership/test_people.py",
    ),
    _fault(
        "roles-of-the-switched-off",
        "partnership/models/users.py",
        "    if isinstance(user, User) and not user.is_active:\n        return frozenset()\n",
        "",
        "tests/partnership/test_rules.py",
    ),
    _fault(
        "second-factor-not-asked",
        "partnership/models/users.py",
        "            if not waits:\n                roles[initiative].add(role)",
        "            roles[initiative].add(role)",
        "tests/partnership/test_mfa.py",
    ),
    # Querysets
    _fault(
        "unpublished-is-open",
        "partnership/models/initiatives.py",
        "return self.filter(Q(published_at__isnull=False) | Q(pk__in=reader.initiative_ids()))",
        "return self.all()",
        ROLES,
    ),
    _fault(
        "drafts-are-public",
        "teams/models/plans.py",
        "        return self.in_open_initiative(user).filter(public | mine)",
        "        return self.in_open_initiative(user)",
        "tests/teams/test_plan_pages.py",
        "tests/teams/test_access.py",
    ),
    _fault(
        "plan-of-any-initiative",
        "teams/views/plans.py",
        "visible_to(request.user).filter(initiative=initiative)",
        "visible_to(request.user)",
        ROLES,
    ),
    _fault(
        "item-of-any-initiative",
        "teams/views/items.py",
        "visible_to(request.user).filter(plan__initiative=initiative)",
        "visible_to(request.user)",
        ROLES,
    ),
    _fault(
        "link-of-any-organization",
        "partnership/views/contacts.py",
        "AccessLink.objects.filter(contact__organization=partner, contact__ended_at=None)",
        "AccessLink.objects.filter(contact__ended_at=None)",
        ROLES,
    ),
    _fault(
        "document-of-any-initiative",
        "partnership/views/documents.py",
        "Document.objects.filter(initiative=here, removed_at=None, pk=pk)",
        "Document.objects.filter(removed_at=None, pk=pk)",
        ROLES,
        "tests/partnership/test_documents.py",
    ),
    # Links
    _fault(
        "link-of-any-purpose",
        "partnership/services/links.py",
        "rows.filter(token_hash=hash_of(token), purpose=purpose)",
        "rows.filter(token_hash=hash_of(token))",
        "tests/partnership/test_links.py",
        "tests/partnership/test_link_pages.py",
        f"{REFUSED}[expired_link]",
    ),
    _fault(
        "link-that-expired",
        "partnership/models/access.py",
        "return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)",
        "return self.revoked_at is None",
        LINK_ENDS,
    ),
    _fault(
        "link-that-was-revoked",
        "partnership/models/access.py",
        "return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)",
        "return self.expires_at is None or self.expires_at > now",
        LINK_ENDS,
    ),
    _fault(
        "link-to-items-of-others",
        "teams/selectors/updates.py",
        "        .led_by(organization)\n        .filter(~Q(status__in=CLOSED_STATUSES)",
        "        .filter(~Q(status__in=CLOSED_STATUSES)",
        "tests/teams/test_update_page.py",
    ),
    _fault(
        "answers-to-drafts",
        "teams/services/updates.py",
        "ActionItem.objects.in_published_plans().led_by(organization).filter(pk__in=wanted)",
        "ActionItem.objects.led_by(organization).filter(pk__in=wanted)",
        "tests/teams/test_update_services.py",
    ),
    _fault(
        "invitation-used-twice",
        "partnership/services/invitations.py",
        "    if not current.is_open(timezone.now()) or current.token_hash",
        "    if current.token_hash",
        "tests/partnership/test_invitations.py",
    ),
    _fault(
        "sign-in-link-used-twice",
        "partnership/services/sign_in.py",
        '    current.used_at = timezone.now()\n    current.save(update_fields=["used_at"])\n    return user',
        "    return user",
        "tests/partnership/test_sign_in_link.py",
    ),
    # API
    _fault(
        "scope-not-asked",
        "partnership/api/permissions.py",
        "        return request.auth.may(self.scope) and (",
        "        return True and (",
        MATRIX,
        ACCESS,
    ),
    _fault(
        "manage-for-everyone",
        "partnership/api/permissions.py",
        "(self.scope != Scope.MANAGE or _is_backbone(request.user))",
        "True",
        "tests/api",
    ),
    _fault(
        "schema-for-everyone",
        "partnership/api/permissions.py",
        'return bool(request.user.has_perm("partnership.start_initiative"))',
        "return True",
        MATRIX,
        "tests/api/test_schema.py",
    ),
    _fault(
        "contacts-read-by-anyone",
        "partnership/api/views/organizations.py",
        '    read_scope = Scope.MANAGE\n    permission = "partnership.edit_contact"\n',
        '    permission = "partnership.edit_contact"\n',
        MATRIX,
    ),
    _fault(
        "token-that-expired",
        "partnership/models/access.py",
        "        return self.revoked_at is None and self.expires_at > now\n\n    @property",
        "        return self.revoked_at is None\n\n    @property",
        "tests/api",
        "tests/partnership/test_tokens.py",
    ),
    _fault(
        "token-that-was-revoked",
        "partnership/models/access.py",
        "        return self.revoked_at is None and self.expires_at > now\n\n    @property",
        "        return self.expires_at > now\n\n    @property",
        "tests/api",
        "tests/partnership/test_tokens.py",
    ),
    _fault(
        "rows-of-any-initiative",
        "partnership/api/visible.py",
        "rows.filter(**{path: organization.initiative_id}) if organization",
        "rows.all() if organization",
        "tests/api",
    ),
    _fault(
        "writes-to-any-initiative",
        "partnership/api/resources.py",
        "        return self.get_queryset().filter(**{self.path_to_initiative: self.initiative})",
        "        return self.get_queryset()",
        "tests/api",
    ),
    _fault(
        "token-to-items-of-others",
        "teams/api/views.py",
        "ActionItem.objects.in_published_plans().open().led_by(organization)",
        "ActionItem.objects.in_published_plans().open()",
        "tests/api/test_writing.py",
    ),
    _fault(
        "token-erases-by-another-permission",
        "partnership/api/views/organizations.py",
        'self.acted(act, EraseSerializer, "partnership.erase_person")',
        "self.acted(act, EraseSerializer)",
        "tests/api/test_people_and_places.py",
    ),
    _fault(
        "seats-that-were-given-up",
        "partnership/api/views/bodies.py",
        "        return rows.filter(Q(ended_on=None) | Q(body__initiative=managed_by(self.request.user)))\n",
        "        return rows\n",
        "tests/api/test_people_and_places.py",
    ),
    _fault(
        "unknown-keys-taken",
        "partnership/api/strict.py",
        "    if wrong:\n        raise",
        "    if False:\n        raise",
        MASS,
        "tests/api",
    ),
    # Forms
    _fault(
        "form-leads-of-others",
        "teams/forms/items.py",
        "plan.initiative.organizations.filter(",
        "Organization.objects.filter(",
        FORMS,
    ),
    _fault(
        "form-sectors-of-others",
        "partnership/forms/organizations.py",
        '        self.fields["sectors"].queryset = initiative.sectors.all()\n',
        "",
        FORMS,
    ),
    _fault(
        "form-bodies-of-others",
        "teams/forms/plans.py",
        '        self.fields["approved_by"].queryset = initiative.bodies.all()\n',
        "",
        FORMS,
    ),
    _fault(
        "form-takes-a-column",
        "partnership/forms/bodies.py",
        '["name", "kind", "level", "parent", "charge", "started_on"]',
        '["name", "kind", "level", "parent", "charge", "started_on", "position"]',
        FIELDS,
    ),
    _fault(
        "api-takes-a-column",
        "partnership/api/serializers/initiatives.py",
        '"name", "kind", "position"]\n        read_only_fields = ["position"]\n',
        '"name", "kind", "position"]\n',
        FIELDS,
    ),
    _fault(
        "api-takes-the-initiative",
        "partnership/api/serializers/organizations.py",
        'class OrganizationSerializer(StrictModelSerializer):\n    initiative = serializers.SlugField(source="initiative.slug", read_only=True)',
        'class OrganizationSerializer(StrictModelSerializer):\n    initiative = serializers.SlugField(source="initiative.slug", required=False)',
        FIELDS,
    ),
    # Ways round
    _fault(
        "csrf-not-asked",
        "partnership/views/initiatives.py",
        "@require_POST\n",
        f"@{EXEMPT}\n@require_POST\n",
        "tests/walls/test_csrf.py",
    ),
    _fault(
        "next-anywhere",
        "ci_backbone/accounts.py",
        "return url_has_allowed_host_and_scheme(url, allowed_hosts=None, require_https=settings.OVER_TLS)",
        "return True",
        "tests/walls/test_redirects.py",
    ),
    _fault(
        "operator-without-second-factor",
        "partnership/rules.py",
        "user.is_staff and user.has_second_factor",
        "user.is_staff",
        OPERATORS,
    ),
    _fault(
        "operator-is-anyone",
        "partnership/rules.py",
        "user.is_active and user.is_staff and user.has_second_factor",
        "user.is_active and user.has_second_factor",
        OPERATORS,
    ),
    _fault(
        "operator-makes-operators",
        "partnership/admin.py",
        'changes = ("may_start_initiatives",)',
        'changes = ("may_start_initiatives", "is_staff")',
        OPERATORS,
    ),
    _fault(
        "operator-guesses-hashes",
        "ci_backbone/lib/operators.py",
        '        return lookup.split("__", maxsplit=1)[0] in self.list_filter',
        "        return True",
        OPERATORS,
    ),
    # Headers
    _fault("framed", "ci_backbone/settings.py", '        "frame-ancestors": [csp.NONE],\n', "", HEADERS),
    _fault(
        "script-inline",
        "ci_backbone/settings.py",
        '"script-src": [csp.SELF]',
        '"script-src": [csp.SELF, "\'unsafe-inline\'"]',
        HEADERS,
    ),
    _fault(
        "kept-by-caches",
        "ci_backbone/lib/headers.py",
        '            response.headers.setdefault("Cache-Control", "private, no-store")\n',
        "            pass\n",
        HEADERS,
    ),
    _fault(
        "cookie-without-host", "ci_backbone/settings.py", '    SESSION_COOKIE_NAME = "__Host-sessionid"\n', "", HEADERS
    ),
]
