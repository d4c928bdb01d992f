"""What a check of the mail finds, as values."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    # Mail leaves, but it may not arrive, or it is not as safe as it should be.
    WARNING = "warning"
    # No mail can leave.
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `words` say what is, `advice` what to do about it."""

    part: str
    level: Level
    words: str
    advice: str = ""


def tags_of(text: str) -> dict[str, str]:
    """The tags of a DKIM or DMARC record, `v=DMARC1; p=none` as `{"v": "DMARC1", "p": "none"}`."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}
