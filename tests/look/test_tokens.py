import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
CSS = (STATIC / "css" / "tokens.css").read_text()


def tokens(opening: str) -> dict[str, str]:
    block = CSS.split(opening, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))


LIGHT = tokens(":root {")
DARK = tokens('[data-theme="dark"] {')
DEVICE_DARK = tokens(':root:not([data-theme="light"]) {')


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_dark_by_choice_and_by_device_are_the_same() -> None:
    assert DARK == DEVICE_DARK
    assert DARK.keys() == LIGHT.keys()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[(text, ground) for text in ("ink", "ink-2", "ink-3", "accent") for ground in ("bg", "paper")],
        *[(text, "bg") for text in ("ok", "warn", "bad")],
        ("ok", "ok-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("accent", "accent-soft"),
        ("ink", "accent-soft"),
        ("on-accent", "accent"),
        ("on-accent", "accent-2"),
        ("ink", "raised"),
    ],
)
def test_text_stands_out_from_its_ground(theme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["line-2", "data-2", "focus"])
def test_borders_and_marks_stand_out_from_the_page(theme: dict[str, str], mark: str) -> None:
    assert contrast(theme[mark], theme["bg"]) >= 3


def test_vendored_files_are_the_ones_we_looked_at() -> None:
    folder = STATIC / "vendor" / "bootstrap"
    for line in (folder / "SHA256").read_text().splitlines():
        digest, name = line.split()

        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
