"""A check at start: of every model it is known how what happens to its rows is told."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db.models import Model

from ci_backbone.lib.trail import Fixed

APPS = ("partnership", "agenda", "measures", "teams", "communications")
# Rows that are only added, or that hold who did what to them: they are their own history.
OWN_HISTORY = {
    "communications.Bounce": "Reports are only added; who forgot one stands in it, and nobody takes that back.",
    "communications.HeldMailing": "Who holds a mailing and since when; each of its messages says who let it go.",
    "communications.TestMail": "That somebody wanted a mail to themselves; only added.",
    "measures.DataPoint": "Rows are only added: a correction names the row it replaces.",
    "partnership.AccountNotice": "What happened to an account's safety; only added.",
    "partnership.Erasure": "That a person was erased and by whom; only added, and kept for ever.",
    "partnership.LinkRenewal": "That somebody asked for a link; only added.",
    "partnership.MergedOrganization": "That two were one, who said so and when; only added.",
    "partnership.SubscriptionRequest": "That somebody asked for the digest, and what became of it.",
    "teams.Submission": "A form that was sent in: its updates are only added, each with who and by which door.",
    "teams.UpdateCycle": "A quarter; made by the first request in it and never changed.",
}
# Rows that nobody changes as such: they belong to the machinery.
TECHNICAL = {
    "communications.Heartbeat": "When the tick ran last. One row.",
    "communications.MailServer": "How the mail server treats us at present. One row.",
    "partnership.Attempts": "Counters of tries, forgotten after their time.",
    "partnership.IdempotencyRecord": "What the API answered, for 30 days.",
    "partnership.Session": "Where people are signed in; ends with the session.",
    "partnership.SignInRequest": "That a sign-in link was asked for; emptied within the hour.",
}


def our_models() -> Iterator[type[Model]]:
    """Every model of ours that is no history itself."""
    for name in APPS:
        for model in apps.get_app_config(name).get_models():
            if not issubclass(model, Fixed):
                yield model


@checks.register(checks.Tags.models)
def check_histories(app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Error E020 for a model of which nobody says how its history is kept, E021 for one of which it is said twice."""
    told = OWN_HISTORY | TECHNICAL
    found: list[checks.CheckMessage] = []
    for model in our_models():
        is_recorded = hasattr(model._meta, "simple_history_manager_attribute")
        if not is_recorded and model._meta.label not in told:
            found.append(
                checks.Error(
                    "Nobody would know who changed its rows.",
                    hint="Give it `history = Recorded()`, or say in ci_backbone/history_checks.py why it needs none.",
                    obj=model,
                    id="ci_backbone.E020",
                )
            )
        elif is_recorded and model._meta.label in told:
            found.append(checks.Error("It has a history, and a reason to have none.", obj=model, id="ci_backbone.E021"))
    return found
