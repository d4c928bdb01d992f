from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import rules
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import validate_zone
from ci_backbone.lib.fields import AddressField, LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from partnership.models.access import second_factors


@dataclass(frozen=True)
class Part:
    """The initiative in which a person takes part, in short, and the roles that they hold there."""

    initiative_id: int
    slug: str
    name: str
    roles: frozenset[str]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Users are global to the installation; roles are per initiative."""

    email = AddressField(_("e-mail address"), unique=True)
    name = LineField(_("name"), max_length=200)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_zone])
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("operator of the installation"), default=False)
    may_start_initiatives = models.BooleanField(_("may start initiatives"), default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    # When the person was replaced by a pseudonym.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    personal = Personal(
        what=_("Accounts"),
        person=["self"],
        names=["name"],
        addresses=["email"],
        own=["time_zone"],
        secrets=["password"],
    )

    history = Recorded(excluded_fields=["password", "last_login"])
    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """What the rules grant. Permissions that Django keeps in rows, and being a superuser, grant nothing."""
        return bool(rules.has_perm(perm, self, obj))

    @cached_property
    def has_second_factor(self) -> bool:
        """Whether more than a password opens the account; one query a request."""
        return second_factors().filter(user=self).exists()

    def initiative_ids(self) -> Any:
        """The initiatives in which the person has a current role that counts, as a subquery."""
        return self.memberships.current().with_waiting().filter(waits=False).values("initiative")

    @cached_property
    def _held(self) -> list[tuple[int, str, str, str, bool]]:
        """Each current role: initiative, its slug and name, role, and whether it waits for a second factor."""
        rows = self.memberships.current().with_waiting()
        return list(rows.values_list("initiative_id", "initiative__slug", "initiative__name", "role", "waits"))

    @cached_property
    def _roles(self) -> dict[int, set[str]]:
        roles: dict[int, set[str]] = defaultdict(set)
        for initiative, _slug, _name, role, waits in self._held:
            if not waits:
                roles[initiative].add(role)
        return roles

    def waits_in(self, slug: str) -> bool:
        """Whether the initiative asks its staff for a second factor, which this person does not have yet."""
        return any(waits for _initiative, its_slug, _name, _role, waits in self._held if its_slug == slug)

    @property
    def waits_somewhere(self) -> bool:
        """Whether any initiative asks this person for a second factor that they do not have yet."""
        return any(waits for *_role, waits in self._held)

    @property
    def parts(self) -> list[Part]:
        """Where the person takes part, by the names of the initiatives; no query beside that of `roles_in`."""
        held = {initiative: (slug, name) for initiative, slug, name, _role, _waits in self._held}
        return [Part(pk, *held[pk], frozenset(self._roles[pk])) for pk in held if pk in self._roles]

    def roles_in(self, initiative: Any) -> frozenset[str]:
        """Return the person's current roles ("staff", "council", "partner"); one query a request."""
        return frozenset(self._roles.get(initiative.pk, ()))

    @property
    def is_staff_somewhere(self) -> bool:
        """Whether the person is backbone staff of any initiative of the installation."""
        return any("staff" in roles for roles in self._roles.values())

    @cached_property
    def _organizations(self) -> dict[int, list[Any]]:
        organizations: dict[int, list[Any]] = defaultdict(list)
        rows = self.memberships.current().filter(role="partner").select_related("organization__initiative")
        for membership in rows.order_by("organization__name", "pk"):
            organizations[membership.initiative_id].append(membership.organization)
        return organizations

    def organizations_in(self, initiative: Any) -> list[Any]:
        """Return the organizations that the person works for as a partner; one query a request."""
        return self._organizations.get(initiative.pk, [])


def roles_of(user: "User | AnonymousUser", initiative: Any) -> frozenset[str]:
    """Return the roles of anybody: a person who is signed in, a visitor, or an organization's own system."""
    if isinstance(user, User) and not user.is_active:
        return frozenset()
    return user.roles_in(initiative) if hasattr(user, "roles_in") else frozenset()
