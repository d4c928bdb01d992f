"""The driver can fail: each broken promise is seen."""

from tests.faults.judge import Allowed, Row, Verdict, check_words, count_doubled, count_lost, late
from tests.faults.postbox import Taken

ADDRESS = "digest-00001@example.org"
WANTED = {ADDRESS: "digest"}


def row(state="sent", *, kind="digest", message_id="<1>", unknown=0):
    return Row(ADDRESS, kind, state, message_id, unknown, "")


def copy(message_id="<1>", *, at=0.0, subject="How we are doing"):
    return Taken(at=at, to=ADDRESS, message_id=message_id, subject=subject, answered=True)


def lost(rows, copies, *, unsent=()):
    verdict = Verdict()
    count_lost(verdict, WANTED, rows, copies, Allowed(unsent=frozenset(unsent)))
    return verdict.lost, len(verdict.broken)


def doubled(rows, copies):
    verdict = Verdict()
    count_doubled(verdict, WANTED, rows, copies)
    return verdict.doubled


def test_message_without_a_row_is_lost():
    assert lost([], []) == (1, 1)


def test_message_that_waits_or_is_cancelled_is_lost():
    assert [lost([row(state)], []) for state in ("queued", "cancelled", "sent")] == [(1, 1)] * 3


def test_message_that_staff_see_is_not_lost_and_must_have_a_reason():
    assert lost([row("uncertain")], []) == (0, 0)
    assert lost([row("failed")], []) == (0, 1)
    assert lost([row("failed")], [], unsent=[ADDRESS]) == (0, 0)


def test_held_kind_is_doubled_by_its_second_copy():
    assert doubled([row()], [copy()]) == 0
    assert doubled([row(unknown=1)], [copy(), copy()]) == 1


def test_repeated_kind_is_doubled_by_a_second_copy_without_need_and_by_a_third():
    assert doubled([row(kind="meeting_reminder")], [copy(), copy()]) == 1
    assert doubled([row(kind="meeting_reminder", unknown=1)], [copy(), copy()]) == 0
    assert doubled([row(kind="meeting_reminder", unknown=1)], [copy()] * 3) == 1


def test_another_message_that_says_the_same_is_a_copy():
    assert doubled([row(), row(message_id="<2>")], [copy(), copy("<2>")]) == 1


def test_ledger_that_does_not_say_what_is_so_is_seen():
    verdict = Verdict()

    check_words(verdict, [row(), row("failed", message_id="<2>"), row("claimed", message_id="<3>")], [copy("<2>")])

    assert verdict.broken == [
        "1 failed on the ledger, and the mail server has them",
        "1 sent on the ledger, and the mail server has them not",
        "1 left in claimed",
    ]


def test_late_is_a_message_whose_first_copy_came_late():
    assert late([copy(at=5), copy(at=1), copy("<2>", at=6)], last=4) == {"<2>"}
