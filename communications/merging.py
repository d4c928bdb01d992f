"""What the ledger keeps by plain ids when two organizations become one."""

from django.db.models import Case, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import HeldMailing, Message, State
from communications.models.ledger import UNSENT
from partnership.models import Organization, User
from partnership.services.merging import Reference, register_reference, register_replaced
from teams.models import UpdateRequest

KIND = "update_request"


def register() -> None:
    register_reference("communications.messages", Reference(gettext_lazy("Messages to its people"), count_messages))
    register_replaced(UpdateRequest, follow_request)


def count_messages(duplicate: Organization) -> int:
    """They go by the person, so they follow with them."""
    return Message.objects.filter(contact__organization=duplicate).count()


def follow_request(dropped: UpdateRequest, kept: UpdateRequest, by: User) -> None:
    """What was sent about a request that gives way is about the other; what was not sent gives way with it.

    Held mail stays held: the other request's is held as well.
    """
    about = Message.objects.filter(about=f"request:{dropped.pk}")
    state = Case(When(unknown_outcomes__gt=0, then=Value(State.UNCERTAIN)), default=Value(State.SUPERSEDED))
    about.filter(state__in=UNSENT).update(
        state=state, reason=_("Two organizations became one; the request to the other one stands.")
    )
    for message in about.select_for_update():
        message.refs["request"], message.about = kept.pk, f"request:{kept.pk}"
        message.save(update_fields=["refs", "about"])
    initiative = kept.initiative
    was_held = HeldMailing.objects.filter(
        initiative=initiative, kind=KIND, occasion_key__startswith=f"{initiative.pk}/request/{dropped.pk}/"
    )
    if was_held.exists():
        was_held.delete()
        HeldMailing.objects.get_or_create(
            kind=KIND,
            occasion_key=f"{initiative.pk}/request/{kept.pk}/{kept.times_asked}",
            defaults={"initiative": initiative, "held_by": by},
        )
