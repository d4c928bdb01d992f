"""A person whose name stands everywhere that a person can be named, and what finds any trace of them."""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.db import connection, models
from django.test import Client
from django.utils.text import slugify

from agenda.models import CommonAgenda, Value
from ci_backbone.lib.personal import Personal, declared_models, is_history, original_of
from ci_backbone.lib.trail import rewriting_history
from communications.models import MailServer
from partnership.models import ApiToken, Contact, IdempotencyRecord, Organization, Session, SignInRequest, User
from partnership.services.persons import path_to_initiative
from partnership.sessions import SessionStore
from tests.factories.partnership import make_partner
from tests.walls.world import World

# With an apostrophe, accents, a hyphen and another script.
NAME = "Żofia D'Ångström-Żmija 岳"
ADDRESS = "zofia.planted@needle.example"
PHONE = "+1 (608) 555-0142"
NOTES = "Needs a ride; her sister knows the planted secret."
TEXT = f"{NAME} said so: {ADDRESS}, {PHONE}."
# What the searched fields of other people's rows get, the first that fits.
TEXTS = (TEXT, NAME)

DIGITS = "6085550142"


@dataclass(frozen=True)
class Planted:
    """The person, and the fields in which something of them stands."""

    contact: Contact
    user: User
    fields: set[str]


def plant_person(world: World, organization: Organization | None = None) -> Planted:
    """Make the person, give them a row of each kind, and name them in a row of every other kind."""
    user = make_partner(organization or world.organization, name=NAME, email=ADDRESS)
    contact = Contact.objects.get(user=user)
    contact.phone, contact.notes = PHONE, NOTES
    contact.save()
    _sign_in(user)
    _rows_that_nobody_made(world, user)
    fields: set[str] = set()
    with rewriting_history():
        for model, declared in declared_models():
            fields |= set(_plant(model, declared, world, contact))
    return Planted(contact, user, fields)


def _sign_in(user: User) -> None:
    Client().force_login(user)
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": NAME})
    SocialAccount.objects.create(user=user, provider="oidc", uid=ADDRESS, extra_data={"name": NAME, "phone": PHONE})


def _rows_that_nobody_made(world: World, user: User) -> None:
    """One of each kind that the world lacks."""
    SignInRequest.objects.create(email=ADDRESS, next_path="/", token_hash="planted")
    token = ApiToken.objects.filter(organization=world.organization).latest("pk")
    IdempotencyRecord.objects.create(token=token, key=NAME, request_hash="1", status=200, body={})
    agenda, _made = CommonAgenda.objects.get_or_create(initiative=world.initiative)
    Value.objects.create(agenda=agenda, text="Trust")
    MailServer.objects.get_or_create(pk=1)
    LogEntry.objects.create(user=user, action_flag=2, object_repr="one", change_message="[]")


def _plant(model: Any, declared: Personal, world: World, contact: Contact) -> Iterator[str]:
    """Write the person into one row of the model that is theirs, and into one that is not."""
    rows = _rows_of(model, world)
    own = rows.filter(pk=contact.pk) if model is Contact else rows.exclude(pk__in=_spared(model, contact))
    mine = own.order_by("-pk").first()
    if mine is not None and declared.person and "self" not in declared.person:
        values = _person_fields(model, declared, contact)
        values |= dict.fromkeys(declared.names, NAME) | dict.fromkeys(declared.phones, PHONE)
        values |= {name: _words(model, name, NOTES) for name in declared.notes}
        values |= {name: _words(model, name, *TEXTS) for name in (*declared.own, *declared.text)}
        _write(model, mine, values)
        yield from _labels(model, values)
    other = rows.exclude(pk__in=_spared(model, contact)).exclude(pk=mine.pk if mine else None).order_by("-pk").first()
    other = other or (mine if not declared.person else None)
    if other is not None:
        values = {name: _words(model, name, *TEXTS, before=getattr(other, name)) for name in declared.searched}
        values |= {name: f"{slugify(NAME)}-{other.pk}" for name in declared.slugs}
        _write(model, other, values)
        yield from _labels(model, values)


def _rows_of(model: Any, world: World) -> Any:
    path = path_to_initiative(model)
    rows = model._base_manager.all()
    return rows.filter(**{path: world.initiative.pk}) if path else rows


def _spared(model: Any, contact: Contact) -> list[int]:
    """The person's own rows of these two are made, not taken over from somebody else."""
    return [contact.pk] if model is Contact else [contact.user_id] if model is User else []


def _person_fields(model: Any, declared: Personal, contact: Contact) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in declared.person:
        each = model._meta.get_field(name)
        if not isinstance(each, models.ForeignKey):
            values[name] = ADDRESS
        elif each.related_model is Contact:
            values[name] = contact
        elif not each.null or original_of(model) is Session:
            values[name] = contact.user
    return values


def _words(model: Any, name: str, *texts: str, before: Any = None) -> Any:
    each = model._meta.get_field(name)
    if isinstance(each, models.JSONField):
        return {**before, "planted": [texts[0]], NAME: None} if isinstance(before, dict) else [texts[0]]
    longest = each.max_length or 10**6
    return next((text for text in texts if len(text) <= longest), None) or texts[-1][:longest]


def _write(model: Any, row: Any, values: dict[str, Any]) -> None:
    manager = model._default_manager if is_history(model) else model._base_manager
    manager.filter(pk=row.pk).update(**values)


def _labels(model: Any, values: dict[str, Any]) -> Iterator[str]:
    return (f"{model._meta.label}.{name}" for name in values)


def needles(name: str = NAME) -> set[str]:
    """Every form in which the person could still stand somewhere."""
    forms = {name, ADDRESS, PHONE, NOTES, DIGITS}
    forms |= {json.dumps(form)[1:-1] for form in forms} | {html.escape(form) for form in forms}
    forms |= {quote(ADDRESS), quote(ADDRESS, safe=""), slugify(name)}
    return {form.casefold() for form in forms}


def traces(text: str, name: str = NAME) -> set[str]:
    """The forms that stand in a text."""
    folded = text.casefold()
    return {form for form in needles(name) if form in folded}


def dump() -> dict[str, str]:
    """The name of each table with everything in it, as text; sessions are read as well."""
    tables = {table: _dump_of(table) for table in connection.introspection.table_names()}
    store = SessionStore()
    read = (json.dumps(store.decode(one.session_data), ensure_ascii=False) for one in Session.objects.all())
    return tables | {"what sessions hold": "\n".join(read)}


def _dump_of(table: str) -> str:
    quoted = connection.ops.quote_name(table)
    row = "CAST(one AS text)" if connection.vendor == "postgresql" else "one.*"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {row} FROM {quoted} one")
        return "\n".join(" ".join(map(_text_of, found)) for found in cursor.fetchall())


def _text_of(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def tables_with_traces(name: str = NAME) -> dict[str, set[str]]:
    found = {table: traces(text, name) for table, text in dump().items()}
    return {table: forms for table, forms in found.items() if forms}
