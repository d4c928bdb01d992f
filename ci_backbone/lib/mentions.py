"""Where a text names a person: in any case, as HTML writes it, broken over lines, with other apostrophes.

mentions = Mentions(names={"Zoë O'Brien"}, addresses={"zoe@example.org"}, phones={"608-555-0142"}, notes=set())
mentions.replace(text, name="Former participant 12", address="erased-12@erased.invalid")
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils.text import slugify

# A note shorter than that could be anything: it is taken out where it stands, and not looked for elsewhere.
DISTINCT_NOTE = 20
# Words of a name shorter than that are not looked for on their own.
SHORTEST_PART = 3
# A text of so many letters is shown whole.
SHOWN_WHOLE = 200
# A telephone number has at least so many digits; fewer are compared as they were typed.
PHONE_DIGITS = 7
# Writing in which a word may stand with nothing between it and the next.
JOINED_SCRIPTS = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TIBETAN",
    "ARABIC",
    "HEBREW",
)

_SAME = {
    "'": r"(?:'|&\#x27;|&\#39;|&apos;|’|‘|ʼ|%27)",
    "’": r"(?:'|&\#x27;|&\#39;|&apos;|’|‘|ʼ|&rsquo;)",
    '"': r"(?:\"|&quot;|&\#34;|%22)",
    "&": r"(?:&amp;|&\#38;|&|%26)",
    "<": r"(?:&lt;|<)",
    ">": r"(?:&gt;|>)",
    "-": r"[-‐‑–]",
    "@": r"(?:@|%40|&\#64;|&\#x40;)",
    "+": r"(?:\+|%2B)",
}
_SPACE = r"(?:\s|&nbsp;|&\#160;|&\#xa0;)+"
_WORD = r"[^\W_]"


@dataclass(frozen=True)
class Mentions:
    """What a person is known by, and all that says so in a text."""

    names: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    # Words of the names that staff want gone too, as they are written.
    words: frozenset[str] = frozenset()

    def replace(
        self, value: Any, *, name: str, address: str, keep_names: bool = False, keep_notes: bool = False
    ) -> Any:
        """`value`, a text or what stands in JSON, without the person; the very same object where it names nobody."""
        if isinstance(value, str):
            return self._in_text(value, name, address, keep_names=keep_names, keep_notes=keep_notes)
        options: dict[str, Any] = {"name": name, "address": address, "keep_names": keep_names, "keep_notes": keep_notes}
        if isinstance(value, dict):
            made = {self.replace(key, **options): self.replace(one, **options) for key, one in value.items()}
            return value if made == value else made
        if isinstance(value, list):
            items = [self.replace(one, **options) for one in value]
            return value if items == value else items
        return value

    def replace_slug(self, slug: str, *, name: str) -> str:
        """The last part of an address, without the names that it was made from."""
        for pattern in self._slug_patterns:
            slug = pattern.sub(lambda match: slugify(name) + (match[1] or ""), slug)
        return slug

    def found_in(self, value: Any) -> bool:
        """Whether a text or JSON says anything by which the person is known."""
        return self.replace(value, name="…", address="…") is not value

    def parts_in(self, value: Any) -> list[str]:
        """The words of the person's names that stand alone in a text or JSON."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return [part for part, pattern in self._part_patterns.items() if pattern.search(text)]

    @cached_property
    def parts(self) -> list[str]:
        """The words of the names that are long enough to tell something, the longest first."""
        found = {word.strip(".,;()\"'") for name in self.names if "@" not in name for word in name.split()}
        whole = {name.casefold() for name in self.names}
        kept = {word for word in found if len(word) >= _shortest(word) and word.casefold() not in whole}
        return sorted(kept, key=lambda word: (-len(word), word))

    def excerpt(self, value: Any, part: str) -> str:
        """Some words around the first place where a part of the name stands."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        match = self._part_patterns[part].search(text)
        if match is None:
            return ""
        start, end = (max(match.start() - 40, 0), match.end() + 40) if len(text) > SHOWN_WHOLE else (0, len(text))
        return ("…" if start else "") + " ".join(text[start:end].split()) + ("…" if end < len(text) else "")

    def rows(self, queryset: Any, fields: Iterable[str], *, parts: bool = False) -> Any:
        """The rows of a queryset that may name the person in one of the fields: none that does is left out."""
        ways = [*self._ways, *(way for part in self.parts if parts for way in _ways_of_name(part))]
        casts = {f"words_of_{name}": Cast(name, models.TextField()) for name in fields}
        found = Q(pk__in=[])
        for lookup, text in dict.fromkeys(ways):
            for name in casts:
                found |= Q(**{f"{name}__{lookup}": text})
        return queryset.alias(**casts).filter(found)

    def slug_rows(self, queryset: Any, fields: Iterable[str]) -> Any:
        found = Q(pk__in=[])
        for slug in self._slugs:
            for name in fields:
                found |= Q(**{f"{name}__icontains": slug})
        return queryset.filter(found)

    def _in_text(self, text: str, name: str, address: str, *, keep_names: bool, keep_notes: bool) -> str:
        changed = text
        if not keep_notes:
            for pattern in self._note_patterns:
                changed = pattern.sub("", changed)
        for pattern in self._address_patterns:
            changed = pattern.sub(lambda _match: address, changed)
        if not keep_names:
            for pattern in self._name_patterns:
                changed = pattern.sub(lambda _match: name, changed)
        for pattern in self._phone_patterns:
            changed = pattern.sub(lambda _match: name, changed)
        return text if changed == text else changed

    @cached_property
    def _name_patterns(self) -> list[re.Pattern[str]]:
        words = [re.compile(_whole_word(word)) for word in sorted(self.words, key=len, reverse=True)]
        return [re.compile(pattern) for name in _longest_first(self.names) for pattern in _of_name(name)] + words

    @cached_property
    def _address_patterns(self) -> list[re.Pattern[str]]:
        return [
            re.compile(rf"(?<![\w.+-]){_letters(address)}(?![\w-])(?!\.\w)", re.IGNORECASE)
            for address in _longest_first(self.addresses)
        ]

    @cached_property
    def _phone_patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for phone in _longest_first(self.phones) for pattern in _of_phone(phone)]

    @cached_property
    def _note_patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(_loose(note)) for note in _longest_first(self._distinct_notes)]

    @cached_property
    def _slugs(self) -> dict[str, str]:
        """What slugs are made of the names, each with its pattern."""
        found = {}
        for name in _longest_first(self.names):
            slug = re.escape(slugify(name))
            if len(slug) > 1:
                whole, within = rf"^{slug}(-\d+)?$", rf"(?<![a-z0-9]){slug}(?![a-z0-9])()"
                found[slugify(name)] = whole if _is_common(name) else within
        return found

    @cached_property
    def _slug_patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern, re.IGNORECASE) for pattern in self._slugs.values()]

    @cached_property
    def _part_patterns(self) -> dict[str, re.Pattern[str]]:
        return {part: re.compile(_whole_word(part)) for part in self.parts}

    @property
    def _distinct_notes(self) -> set[str]:
        return {note.strip() for note in self.notes if len(note.strip()) >= DISTINCT_NOTE}

    @cached_property
    def _ways(self) -> list[tuple[str, str]]:
        """Lookups of which at least one holds for each text that names the person."""
        ways: list[tuple[str, str]] = []
        for name in (*self.names, *self.addresses, *self._distinct_notes, *self.words):
            ways += _ways_of_name(name)
        for phone in self.phones:
            ways += _ways_of_phone(phone)
        return list(dict.fromkeys(ways))


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted((text.strip() for text in texts if text.strip()), key=lambda text: (-len(text), text))


def _forms(text: str) -> list[str]:
    """As it is typed, and with accents as letters of their own or joined."""
    return list(dict.fromkeys([text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)]))


def _letters(text: str) -> str:
    """A pattern of the text, whatever HTML or an address makes of its signs."""
    return "".join(_SAME.get(char) or re.escape(char) for char in text)


def _loose(text: str) -> str:
    """A pattern of the text, wherever its lines end."""
    return "|".join(_SPACE.join(_letters(word) for word in form.split()) for form in _forms(text))


def _of_name(name: str) -> Iterator[str]:
    """Patterns of a whole name, also with the family name in front."""
    words = name.split()
    if len(words) == 1:
        # One word may be any word: it counts as it is written and in capitals.
        yield _whole_word(name) if _is_common(name) else f"(?i:{_whole_word(name)})"
        return
    turned = f"{words[-1]}, {' '.join(words[:-1])}"
    for each in (name, turned):
        yield f"(?i:{_bounded(_loose(each), each)})"


def _is_common(word: str) -> bool:
    """Whether a word could be one of any text: letters alone, and not many."""
    return word.isalpha() and word.isascii() and len(word) < 9  # Eight letters make "together".


def _whole_word(word: str) -> str:
    capitals = [word, word.upper()] if word != word.lower() or word.upper() == word.lower() else [word]
    forms = "|".join(_letters(form) for each in capitals for form in _forms(each))
    return _bounded(forms, word)


def _bounded(pattern: str, text: str) -> str:
    """Not within a longer word, where words are parted by spaces."""
    before = "" if _is_joined(text[0]) or not text[0].isalnum() else rf"(?<!{_WORD})"
    after = "" if _is_joined(text[-1]) or not text[-1].isalnum() else rf"(?!{_WORD})"
    return f"{before}(?:{pattern}){after}"


def _is_joined(char: str) -> bool:
    return unicodedata.name(char, "").startswith(JOINED_SCRIPTS)


def _shortest(word: str) -> int:
    return 2 if word and _is_joined(word[0]) else SHORTEST_PART


def _of_phone(phone: str) -> Iterator[str]:
    """Patterns of a telephone number: as it was typed, and its digits with anything between them."""
    if len(phone) >= 5:  # Shorter ones are extensions, which stand in any text.
        yield _bounded(_loose(phone), phone)
    for digits in _numbers(phone):
        between = r"[\s().\-‐‑–/·]{0,3}"
        yield rf"(?<!\d)(?:\+|\()?{between.join(digits)}(?!\d)"


def _numbers(phone: str) -> list[str]:
    """The digits of the numbers in a text, from abroad and from within the country."""
    found: dict[str, None] = {}
    for run in re.findall(r"\+?\d[\d\s().\-‐‑–/]*\d", phone):
        digits = re.sub(r"\D", "", run)
        if len(digits) < PHONE_DIGITS:
            continue
        found[digits] = None
        if len(digits) == 11 and digits.startswith("1"):  # North America.
            found[digits[1:]] = None
        elif len(digits) == 10:
            found["1" + digits] = None
        if run.startswith("+") and not digits.startswith("1"):
            found["00" + digits] = None
            found |= {"0" + digits[code:]: None for code in (1, 2, 3) if len(digits) - code >= PHONE_DIGITS}
    return sorted(found, key=len, reverse=True)


def _ways_of_name(text: str) -> list[tuple[str, str]]:
    """Lookups that find the text whatever its case: by its longest run of plain letters, or else as it is."""
    # Joined, since letters that stand beside an accent of their own are no part of the joined one.
    runs = re.findall(r"[A-Za-z0-9]{3,}", unicodedata.normalize("NFC", text))
    if runs:
        return [("icontains", max(runs, key=len))]
    words = text.split()
    word = max(words, key=len) if words else text
    cased = {form for each in (word, word.lower(), word.upper(), word.title()) for form in _forms(each)}
    # SQLite compares only plain letters without their case, and keeps JSON with its escapes.
    cased |= {json.dumps(form)[1:-1] for form in cased}
    return [("icontains", form) for form in sorted(cased)]


def _ways_of_phone(phone: str) -> list[tuple[str, str]]:
    ways = _ways_of_name(phone) if re.search(r"[A-Za-z]{3}", phone) or not _numbers(phone) else []
    return ways + [("regex", "[^0-9]{0,3}".join(digits)) for digits in _numbers(phone)]
