"""No row of one initiative points to a row of another one."""

from collections import deque
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import F, ForeignKey, Model

from partnership.models import Initiative
from tests.rig.layers import ORDER
from tests.walls.conftest import Worlds
from tests.walls.world import undone

pytestmark = pytest.mark.django_db

# Belong to the installation: people, who may have roles in several initiatives, the clock and the mail server.
GLOBAL = {
    "communications.Heartbeat",
    "communications.MailServer",
    *(f"partnership.{name}" for name in "AccountNotice Attempts Session SignInRequest User".split()),
}
# Corrected figures and answers to other systems: they name rows that the name beside them names too.
WITHOUT_ROWS = {"measures.DataPoint.corrects", "partnership.IdempotencyRecord.token"}


def owned_models() -> list[type[Model]]:
    """Every model of ours with its link tables; histories copy rows and are left out."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in ORDER and not model.__name__.startswith("Historical")
    ]


def keys(model: type[Model]) -> list[ForeignKey]:
    ours = set(owned_models())
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model in ours and field.related_model is not Initiative
    ]


def path_to_initiative(model: type[Model]) -> str | None:
    """The shortest way along foreign keys, those that are always filled first; None where there is none."""
    if model is Initiative:
        return "pk"
    paths = deque([(model, "")])
    seen = {model}
    while paths:
        here, path = paths.popleft()
        fields = [field for field in here._meta.concrete_fields if isinstance(field, ForeignKey)]
        for field in sorted(fields, key=lambda one: one.null):
            if field.related_model is Initiative:
                return f"{path}{field.name}"
            if field.related_model not in seen and f"{field.related_model._meta.label}" not in GLOBAL:
                seen.add(field.related_model)
                paths.append((field.related_model, f"{path}{field.name}__"))
    return None


def crossings() -> Iterator[tuple[str, str, str, type[Model]]]:
    """Name, way to the row's initiative, way to the target's initiative, model, of every key inside an initiative."""
    for model in owned_models():
        own = path_to_initiative(model)
        for field in keys(model):
            beyond = path_to_initiative(field.related_model)
            if own and beyond:
                yield f"{model._meta.label}.{field.name}", own, f"{field.name}__{beyond}", model


def test_every_model_but_the_global_ones_belongs_to_an_initiative():
    homeless = {model._meta.label for model in owned_models() if path_to_initiative(model) is None}

    assert homeless == GLOBAL | {"partnership.User_groups", "partnership.User_user_permissions"}


def test_no_key_crosses_initiatives(worlds: Worlds):
    crossed = {name: wrong for name, wrong in ((name, crossing_rows(*rest)) for name, *rest in crossings()) if wrong}

    assert crossed == {}


def crossing_rows(own: str, beyond: str, model: type[Model]) -> list[int]:
    filled = model._base_manager.exclude(**{own: None}).exclude(**{beyond: None})
    return list(filled.exclude(**{own: F(beyond)}).values_list("pk", flat=True)[:5])


def test_nearly_every_key_was_looked_at(worlds: Worlds):
    """Without rows on both ends the test above proves nothing."""
    empty = {
        name
        for name, own, beyond, model in crossings()
        if not model._base_manager.exclude(**{own: None}).exclude(**{beyond: None}).exists()
    }

    assert empty <= WITHOUT_ROWS, empty - WITHOUT_ROWS


def test_a_key_that_crosses_is_found(worlds: Worlds):
    with undone():
        worlds.here.item.commitments.update(organization=worlds.there.organization)

        found = {name for name, *rest in crossings() if crossing_rows(*rest)}

    assert any(name.startswith("teams.Commitment.") for name in found)
