"""What staff type about people with accounts: whom they invite, and which role somebody has."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import OneLine
from ci_backbone.lib.versions import VersionedForm
from partnership.models import Initiative, Invitation, Membership

ROLE_HELP = _("Staff see and change everything; council members read the dashboard; partners see their organization.")
ORGANIZATION_HELP = _("For a partner contributor: whose items they answer for. For others: whom they work for.")


class _WithOrganization:
    """Organizations come from the initiative alone, and a partner contributor needs one."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def limit_to(self, initiative: Initiative) -> None:
        field: Any = self.fields["organization"]
        field.queryset = initiative.organizations.order_by("name", "pk")
        field.label, field.empty_label = _("Organization"), _("None")
        field.help_text = ORGANIZATION_HELP
        role: Any = self.fields["role"]
        role.choices, role.help_text = Membership.Role.choices, ROLE_HELP

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data  # type: ignore[misc]  # Of the form that it is mixed into.
        is_partner = cleaned.get("role") == Membership.Role.PARTNER
        if is_partner and "organization" in cleaned and cleaned["organization"] is None:
            self.add_error("organization", _("Say for which organization they contribute."))
        return cleaned


class InviteForm(_WithOrganization, forms.ModelForm):
    """Whom staff invite to what."""

    class Meta:
        model = Invitation
        fields = ["name", "email", "role", "organization"]
        field_classes = {"name": OneLine}
        error_messages = {"name": {"required": _("Type the person’s name.")}}
        widgets = {"role": forms.RadioSelect}

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_to(initiative)
        self.fields["email"].help_text = _("The link goes there, and becomes the address of their account.")

    def show_held(self, membership: Membership) -> None:
        """Say that the person has the role already."""
        self.add_error("email", _("%(name)s has this role already.") % {"name": membership.user})


class RoleForm(_WithOrganization, VersionedForm):
    """The role of somebody who has one."""

    class Meta:
        model = Membership
        fields = ["role", "organization"]
        widgets = {"role": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit_to(self.instance.initiative)
