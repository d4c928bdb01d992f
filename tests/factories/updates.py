"""Requests, links and answers for tests."""

import uuid
from datetime import timedelta
from typing import Any

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from partnership.actors import Actor
from partnership.models import AccessLink, Contact, Organization
from partnership.services.links import issue_link, path_of
from teams.models import ActionItem, Door, Submission, UpdateCycle, UpdateRequest
from teams.services.updates import Answer, submit_answers
from tests.factories.partnership import make_contact, make_user
from tests.factories.teams import make_item, make_plan, make_team


def this_quarter(organization: Organization) -> Quarter:
    return Quarter.of(today(organization.initiative.time_zone))


def make_led_item(organization: Organization, **fields: Any) -> ActionItem:
    """An open item in a published plan of the organization's initiative, which the organization leads."""
    plan = fields.pop("plan", None) or make_plan(make_team(organization.initiative))
    return make_item(plan, leads=[organization], **fields)


def make_request(organization: Organization, **fields: Any) -> UpdateRequest:
    """A request of this quarter, due in a week."""
    quarter = this_quarter(organization)
    cycle, _created = UpdateCycle.objects.get_or_create(
        initiative=organization.initiative, period_start=quarter.start, defaults={"period_end": quarter.end}
    )
    day = today(organization.initiative.time_zone)
    return UpdateRequest.objects.create(
        cycle=cycle, organization=organization, **{"due_on": day + timedelta(days=7)} | fields
    )


def make_update_link(contact: Contact | None = None, organization: Organization | None = None) -> AccessLink:
    """A live link of this quarter."""
    contact = contact or make_contact(organization)
    assert contact.organization is not None
    return issue_link(contact=contact, purpose=AccessLink.Purpose.UPDATE, quarter=this_quarter(contact.organization))


def update_path(organization: Organization) -> str:
    """The address of a live update page of the organization."""
    return path_of(make_update_link(organization=organization))


def send(organization: Organization, answers: dict[ActionItem, Answer], **fields: Any) -> Submission:
    """Answers of the organization, sent in at once by a person who signs in."""
    defaults: dict[str, Any] = {
        "quarter": this_quarter(organization),
        "key": uuid.uuid4(),
        "door": Door.PAGE,
    }
    if "by" not in fields:
        defaults["by"] = Actor(user=make_user())
    by_id = {item.pk: answer for item, answer in answers.items()}
    return submit_answers(organization=organization, answers=by_id, **defaults | fields)
