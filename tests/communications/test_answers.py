import smtplib
import ssl

import pytest

from communications import answers
from communications.answers import Outcome, in_plain_words, of_handing_over, of_opening

READER = "reader@example.org"


def refused(code: int, words: bytes) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({READER: (code, words)})


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (smtplib.SMTPSenderRefused(550, b"5.7.1 not you", "a@example.org"), Outcome.OURS),
        (smtplib.SMTPSenderRefused(553, b"sender not allowed", "a@example.org"), Outcome.OURS),
        (smtplib.SMTPSenderRefused(451, b"later", "a@example.org"), Outcome.TRANSIENT),
        (smtplib.SMTPSenderRefused(421, b"closing", "a@example.org"), Outcome.NO_CONNECTION),
        (refused(450, b"4.2.0 greylisted"), Outcome.LATER),
        (refused(451, b"try again"), Outcome.LATER),
        (refused(452, b"4.2.2 over quota"), Outcome.FULL),
        (refused(552, b"mailbox full"), Outcome.FULL),
        (refused(550, b"5.2.2 over quota"), Outcome.FULL),
        (refused(550, b"5.1.1 no such user"), Outcome.NO_SUCH_ADDRESS),
        (refused(550, b"5.1.10 no such user"), Outcome.NO_SUCH_ADDRESS),
        (refused(550, b"5.2.1 mailbox disabled"), Outcome.NO_SUCH_ADDRESS),
        (refused(550, b"No such user here"), Outcome.NO_SUCH_ADDRESS),
        (refused(550, b"5.7.1 we do not like you"), Outcome.POLICY),
        (refused(554, b"5.4.4 no route"), Outcome.REFUSED),
        (smtplib.SMTPDataError(554, b"5.6.0 spam"), Outcome.REFUSED),
        (smtplib.SMTPDataError(550, b"5.7.1 blocked"), Outcome.POLICY),
        (smtplib.SMTPDataError(552, b"too large"), Outcome.FULL),
        (smtplib.SMTPDataError(451, b"4.3.0 later"), Outcome.TRANSIENT),
        (smtplib.SMTPDataError(421, b"closing"), Outcome.NO_CONNECTION),
        (smtplib.SMTPServerDisconnected("gone"), Outcome.NO_CONNECTION),
        (TimeoutError("timed out"), Outcome.NO_CONNECTION),
        (smtplib.SMTPNotSupportedError("SMTPUTF8"), Outcome.REFUSED),
        (ValueError("bad header"), Outcome.REFUSED),
    ],
)
def test_answers_of_the_server_are_told_apart(error: Exception, outcome: Outcome):
    assert of_handing_over(error, text_began=False).outcome == outcome


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected("gone"), TimeoutError("timed out"), OSError(104, "")])
def test_connection_that_breaks_after_the_text_began_leaves_a_doubt(error: Exception):
    assert of_handing_over(error, text_began=True).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 no"), Outcome.OURS),
        (smtplib.SMTPAuthenticationError(454, b"4.7.0 later"), Outcome.NO_CONNECTION),
        (smtplib.SMTPNotSupportedError("STARTTLS extension not supported"), Outcome.OURS),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), Outcome.OURS),
        (ConnectionRefusedError(111, "refused"), Outcome.NO_CONNECTION),
        (smtplib.SMTPConnectError(421, b"busy"), Outcome.NO_CONNECTION),
        (smtplib.SMTPConnectError(554, b"no service"), Outcome.NO_CONNECTION),
    ],
)
def test_connection_that_cannot_be_opened_hands_nothing_over(error: Exception, outcome: Outcome):
    assert of_opening(error).outcome == outcome


def test_kept_answer_is_one_harmless_line():
    assert answers.told(550, b"5.1.1 no\r\nsuch\x00user \xff") == "550 5.1.1 no such user �"
    assert len(answers.told(550, b"x" * 5000)) < 520


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("550 5.1.1 No such user", "There is no such mailbox."),
        ("550 no such user", "There is no such mailbox."),
        ("Given up after 72 hours. The last answer was: 452 4.2.2 over quota", "The mailbox is full, or the message"),
        ("535 5.7.8 bad credentials", "does not accept our sign-in"),
        ("550 5.7.26 unauthenticated", "not authenticated (SPF, DKIM or DMARC)"),
        ("550 5.7.1 blocked", "A rule of the receiving server"),
        ("451 4.7.1 Greylisted", "come back a little later"),
        ("ConnectionRefusedError: [Errno 111] Connection refused", "could not be reached"),
        ("The meeting was moved.", ""),
    ],
)
def test_kept_answer_is_told_in_plain_words(kept: str, words: str):
    found = in_plain_words(kept)

    assert words in found
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    ("code", "words"), [(200, b"ok"), (251, b"will forward"), (25, b""), (-1, b"garbage"), (500, "Line too long.")]
)
def test_reply_to_the_text_that_is_neither_yes_nor_no_leaves_a_doubt(code: int, words: bytes):
    assert of_handing_over(smtplib.SMTPDataError(code, words), text_began=True).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (refused(550, b"5.1.8 Sender address rejected: Domain not found"), Outcome.OURS),
        (refused(553, b"5.1.7 bad sender"), Outcome.OURS),
        (refused(550, b"relay not permitted"), Outcome.POLICY),
        (refused(550, b"authentication required"), Outcome.POLICY),
        (smtplib.SMTPSenderRefused(552, b"5.3.4 message size exceeds fixed limit", "a@example.org"), Outcome.FULL),
    ],
)
def test_what_speaks_of_us_or_of_the_size_is_charged_to_no_address(error: Exception, outcome: Outcome):
    assert of_handing_over(error, text_began=False).outcome == outcome
