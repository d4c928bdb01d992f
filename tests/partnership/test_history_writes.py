"""No write goes past the history: each place that could is known, with the reason why it may.

`save()` and `delete()` write history by themselves; these are the calls that do not.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("partnership", "agenda", "measures", "teams", "communications", "ci_backbone")
PAST_HISTORY = {
    *(
        "update",
        "aupdate",
        "bulk_create",
        "abulk_create",
        "bulk_update",
        "abulk_update",
        "raw",
        "_update",
        "_raw_delete",
    ),
    *("execute", "executemany", "save_base", "save_without_historical_record", "skip_history_when_saving"),
}
LEDGER = "The sender's own steps with a message: the ledger row says what became of it."
ERASING = "Erasing a person is the one rewriting of history."
REVIEWED = {
    "partnership/services/erasing.py": ERASING,
    "communications/services/erasing.py": ERASING,
    "communications/services/catchup.py": LEDGER,
    "communications/services/claims.py": LEDGER,
    "communications/services/planning.py": LEDGER,
    "communications/services/retention.py": "What is kept no longer is emptied, by its age alone.",
    "communications/services/sending.py": LEDGER,
    "communications/services/tick.py": "When the watch outside was called.",
    "communications/merging.py:follow_request": LEDGER,
    "communications/services/bounces.py:forget_bounces": "Bounces have no history: who forgot one stands in it.",
    "communications/services/meetings.py:expand_series": "Its history is written in the next line.",
    "ci_backbone/demo/loading/figures.py:load_figures": "Data points are only added.",
    "ci_backbone/demo/loading/people.py:_load_invitation": "Made up: its moment is set back before anybody reads it.",
    "ci_backbone/demo/loading/work.py:_load_update": "What the newest update was, shown on the commitment.",
    "ci_backbone/health.py:database": "A question to the database.",
    "ci_backbone/lib/trail.py": "The trail itself.",
    "ci_backbone/outside_sign_in.py:OutsideAdapter.pre_social_login": "What a provider sent is not kept.",
    "partnership/merging.py:follow_decisions": "Ids for taking a decision back, which nobody is told.",
    "partnership/services/idempotency.py:_claim": "A lock of the database.",
    "partnership/services/joining.py:_forget": "What was typed is emptied after its time; no history repeats it.",
    "partnership/services/limits.py": "Counters of tries.",
    "partnership/services/links.py:record_use": "When it was used last is no part of its history.",
    "partnership/services/merging.py:_follow_all": "Only rows of models without a history.",
    "partnership/services/retention.py": "What is kept no longer is emptied, by its age alone.",
    "partnership/services/sign_in.py": "Requests for sign-in links have no history.",
    "partnership/services/subscriptions.py:forget_unconfirmed": "An address that nobody confirmed is emptied.",
    "partnership/services/tokens.py:record_token_use": "When it was used last is no part of its history.",
    "partnership/sessions.py:SessionStore.note_seen": "When a session was seen last.",
    "teams/merging.py:rename_in_plans": "The snapshot is no part of a plan's history; the merge has its own.",
    "teams/services/plans.py:_saved": "Which items the snapshot holds follows from the plan, which is saved with its history.",
    "teams/services/updates.py:_append": "Updates are only added.",
    "teams/services/updates.py:_project": "Only which update was the newest; what moves the item has its history.",
    "teams/services/updates.py:_project_on_commitments": "Only which update was the newest.",
}


def calls_in(source: str) -> Iterator[tuple[str, str]]:
    """Each call that could go past the history: in which function it stands, and its name."""
    yield from _calls(ast.parse(source), ())


def _calls(node: ast.AST, around: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        around = (*around, node.name)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PAST_HISTORY:
        yield from [(".".join(around), node.func.attr)] if not _is_of_dict(node, node.func.attr) else []
    if isinstance(node, ast.Attribute) and node.attr == "skip_history_when_saving":
        yield ".".join(around), node.attr
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, around)


def _is_of_dict(call: ast.Call, name: str) -> bool:
    """With something between its parentheses it is the update of a dict, a set or a hash."""
    return name == "update" and bool(call.args)


def found() -> Counter[str]:
    """How often each place of the source could go past the history."""
    places: Counter[str] = Counter()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                name = str(path.relative_to(ROOT))
                places.update(f"{name}:{where}" for where, _call in calls_in(path.read_text(encoding="utf-8")))
    return places


def reason_for(place: str) -> str:
    return REVIEWED.get(place) or REVIEWED.get(place.partition(":")[0], "")


def test_every_write_past_the_history_was_looked_at():
    assert [place for place in sorted(found()) if not reason_for(place)] == []


def test_nothing_is_excused_that_is_not_there():
    places = found()
    files = {place.partition(":")[0] for place in places}

    assert [known for known in REVIEWED if known not in places and known not in files] == []


@pytest.mark.parametrize(
    "line",
    [
        "def f(rows): rows.filter(pk=1).update(name='x')",
        "def f(rows): rows.bulk_create([])",
        "def f(row): row.save_without_historical_record()",
        "def f(row): row.skip_history_when_saving = True",
        "class A:\n    def f(self): connection.cursor().execute('DELETE FROM x')",
    ],
)
def test_a_write_past_the_history_is_found(line):
    assert len(list(calls_in(line))) == 1


@pytest.mark.parametrize("line", ["found.update({1: 2})", "digest.update(b'x')", "row.save()", "rows.delete()"])
def test_a_harmless_line_is_not_found(line):
    assert list(calls_in(line)) == []
