"""Bodies: the councils, committees and boards of an initiative, and the shares of seats they aim for."""

from datetime import date
from typing import Any

from django.db import transaction

from ci_backbone.lib.clock import today
from ci_backbone.lib.versions import save_edit
from partnership.models import Body, Initiative, ShareRule, User


class Circle(Exception):
    """The body would be part of its own part, or follow the one that follows it; `field` is the one to blame."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class SameRule(Exception):
    """The body aims for this share already, by `rule`."""

    def __init__(self, rule: ShareRule) -> None:
        super().__init__(str(rule))
        self.rule = rule


@transaction.atomic
def create_body(*, initiative: Initiative, by: User | None, **fields: Any) -> Body:
    """Add a body, behind the others."""
    Initiative.objects.hold(initiative.pk)
    body = Body(initiative=initiative, position=initiative.bodies.count(), **fields)
    body._history_user = by
    body.save()
    return body


@transaction.atomic
def edit_body(*, body: Body, seen: int | None, by: User | None, **fields: Any) -> Body:
    """Change a body. Raises Conflict and Circle."""
    Initiative.objects.hold(body.initiative_id)
    _refuse_circle(body, fields.get("parent"), "parent")
    return save_edit(body, seen=seen, fields=fields, by=by)


@transaction.atomic
def end_body(
    *, body: Body, seen: int | None, ended_on: date, by: User | None, successor: Body | None = None
) -> Body:  # fmt: skip
    """Say that a body has ended, on which day, and which one follows it. Its seats and documents stay.

    Raises Conflict and Circle.
    """
    Initiative.objects.hold(body.initiative_id)
    _refuse_circle(body, successor, "successor")
    return save_edit(body, seen=seen, fields={"ended_on": ended_on, "successor": successor}, by=by)


@transaction.atomic
def reopen_body(*, body: Body, by: User | None) -> Body:
    """Take back that a body ended; nothing follows it then. A second time changes nothing."""
    current = Body.objects.select_for_update().get(pk=body.pk)
    if current.ended_on is None:
        return current
    return save_edit(current, seen=None, fields={"ended_on": None, "successor": None}, by=by)


def leads_back(body: Body, other: Body | None, field: str) -> bool:
    """Whether one gets from `other` back to `body` along `field`: its parents, or those that follow it."""
    passed = set()
    while other is not None and other.pk not in passed:
        if other.pk == body.pk:
            return True
        passed.add(other.pk)
        other = getattr(other, field)
    return False


def _refuse_circle(body: Body, other: Body | None, field: str) -> None:
    if other is not None:
        # As it stands now: the other end may have been changed since the form was filled in.
        other = Body.objects.get(pk=other.pk)
    if leads_back(body, other, field):
        raise Circle(field)


@transaction.atomic
def add_rule(*, body: Body, by: User | None, **fields: Any) -> ShareRule:
    """Say which share of the filled seats a group shall have at least. Raises SameRule."""
    hold_rules(body)
    rule = ShareRule(body=body, **fields)
    _refuse_same(rule)
    rule._history_user = by
    rule.save()
    return rule


@transaction.atomic
def edit_rule(*, rule: ShareRule, seen: int | None, by: User | None, **fields: Any) -> ShareRule:
    """Change a rule. Raises Conflict and SameRule."""
    hold_rules(rule.body)
    before = _share(ShareRule.objects.get(pk=rule.pk))
    rule = save_edit(rule, seen=seen, fields=fields, by=by)
    if rule.ended_on is None and _share(rule) != before:
        _refuse_same(rule)
    return rule


@transaction.atomic
def end_rule(*, rule: ShareRule, by: User | None) -> ShareRule:
    """Warn by this rule no longer; a second time changes nothing."""
    current = ShareRule.objects.select_for_update().get(pk=rule.pk)
    if current.ended_on is not None:
        return current
    return save_edit(current, seen=None, fields={"ended_on": today(rule.body.initiative.time_zone)}, by=by)


@transaction.atomic
def restore_rule(*, rule: ShareRule, by: User | None) -> ShareRule:
    """Let an ended rule warn again. Raises SameRule."""
    hold_rules(rule.body)
    current = ShareRule.objects.select_for_update().get(pk=rule.pk)
    if current.ended_on is None:
        return current
    _refuse_same(current)
    return save_edit(current, seen=None, fields={"ended_on": None}, by=by)


def hold_rules(body: Body) -> None:
    """Let nobody else aim for a share of the body until this transaction ends. Goes before the lock of a rule."""
    Body.objects.select_for_update(of=("self",)).get(pk=body.pk)


def _share(rule: ShareRule) -> dict[str, Any]:
    return {"of": rule.of, "sector": rule.sector_id, "end_user_group": rule.end_user_group}


def _refuse_same(rule: ShareRule) -> None:
    rules = ShareRule.objects.filter(body=rule.body_id, ended_on=None).exclude(pk=rule.pk)
    if other := rules.filter(**_share(rule)).select_related("body", "sector").first():
        raise SameRule(other)
