"""Where a text names a person: in any case, as HTML, a link or a file name writes it, with other apostrophes.

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
# Words of a name that are written as one are looked for with capitals alone, unless they have so many letters.
DISTINCT_NAME = 12
# Shorter ones are abbreviations.
SHORTEST_JOINED = 5
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
# Soft hyphens, joiners and marks of direction are seen by nobody.
_UNSEEN = r"\u00ad\u200b-\u200f\u2060\ufeff"
_SPACE = rf"(?:[\s{_UNSEEN}]|&nbsp;|&\#160;|&\#xa0;|&shy;|&\#173;|&\#8203;|%20|%C2%A0)+"
# Between words in a link, in the name of a file or as a program writes them.
_TIGHT = r"(?:[-‐‑–_.+]|%20|%2B)"
_JOINT = rf"(?:{_SPACE}|{_TIGHT})"
_COMMA = rf"(?:,|%2C)(?:{_SPACE})?"
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
            for called in self._called:
                changed = called.replace(changed, name)
        for pattern in self._phone_patterns:
            changed = pattern.sub(lambda _match: name, changed)
        return text if changed == text else changed

    @cached_property
    def _called(self) -> "list[_Called]":
        names = [_Called(name, tuple(_of_name(name))) for name in _longest_first(self.names)]
        return names + [_Called(word, (_of_word(word),)) for word in _longest_first(self.words)]

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
        for name in _longest_first({*self.names, *self.words}):
            for words in _turns(name):
                slug = slugify(" ".join(words))
                plural = "(?:e?s)?" if len(words) == 1 else ""
                whole, within = rf"^{slug}(-\d+)?$", rf"(?<![a-z0-9]){slug}{plural}(?![a-z0-9])()"
                if len(slug) > 1:
                    found[slug] = whole if _is_common(slug) else within
        return found

    @cached_property
    def _slug_patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern, re.IGNORECASE) for pattern in self._slugs.values()]

    @cached_property
    def _part_patterns(self) -> dict[str, re.Pattern[str]]:
        return {part: re.compile(_of_word(part)) for part in self.parts}

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


@dataclass(frozen=True)
class _Called:
    """A name, or a word of one, with the patterns of all its forms."""

    text: str
    forms: tuple[str, ...]

    def replace(self, text: str, name: str) -> str:
        if not self._may_be_in(text):
            return text
        for pattern in self._slugs:
            text = pattern.sub(lambda match: _slug_like(name, match), text)
        for pattern in self._patterns:
            text = pattern.sub(lambda _match: name, text)
        return text

    def _may_be_in(self, text: str) -> bool:
        """Every form has the plain letters of every word: most texts are told by that, in a tenth of the time."""
        lower = text.lower()
        return all(run in lower for run in self._runs)

    @cached_property
    def _runs(self) -> list[str]:
        runs = (_longest_run(word) for word in self.text.split())
        return [run.lower() for run in runs if run]

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(form) for form in self.forms]

    @cached_property
    def _slugs(self) -> list[re.Pattern[str]]:
        """The name as it stands in a slug, which may be part of a text."""
        return [re.compile(pattern) for words in _turns(self.text) for pattern in _as_slug(words)]


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


def _phrase(words: Iterable[str], joint: str = _JOINT) -> str:
    """A pattern of words, with or without accents of their own, and what parts them."""
    return joint.join("(?:" + "|".join(map(_letters, _forms(word))) + ")" for word in words)


def _turns(name: str) -> list[list[str]]:
    """The words of a name in their order, and with each of the later ones in front."""
    words = name.split()
    return [[*words[at:], *words[:at]] for at in range(len(words))]


def _of_name(name: str) -> Iterator[str]:
    """Patterns of a whole name, also with the family name in front."""
    words = name.split()
    if len(words) == 1:
        yield _of_word(name)
        return
    yield f"(?i:{_bounded(_phrase(words), name)})"
    for at in range(1, len(words)):
        yield from _with_family_first(words[at:], words[:at])
    yield from _as_one_word([_plain(word) for word in words])
    folded = slugify(name).split("-")
    if len(folded) > 1 and folded != [word.lower() for word in words]:
        yield f"(?i:{_bounded(_phrase(folded, _TIGHT), name)})"
        yield from _as_one_word([slugify(word).replace("-", "") for word in words])


def _with_family_first(family: list[str], first: list[str]) -> Iterator[str]:
    turned = " ".join([*family, *first])
    front, back = _phrase(family), _phrase(first)
    yield f"(?i:{_bounded(f'{front}(?:{_COMMA}|{_TIGHT}){back}', turned)})"
    if first[-1].islower():
        return  # “The Health Department of” is no “Department of Health”.
    # “Li will come” names nobody who is called Will Li.
    if any(map(_is_common, [*family, *first])):
        capitals = _phrase([word.upper() for word in family]), _phrase([word.upper() for word in first])
        yield _bounded(f"{front}{_SPACE}{back}|{capitals[0]}{_SPACE}{capitals[1]}", turned)
    else:
        yield f"(?i:{_bounded(front + _SPACE + back, turned)})"


def _as_one_word(words: list[str]) -> Iterator[str]:
    """Patterns of words with nothing between: each with a capital, or a name that is long enough in any case."""
    joined = "".join(words)
    if not all(words) or (len(joined) < SHORTEST_JOINED and joined.isascii()):
        return
    capitals = [word[:1].upper() + word[1:] for word in words]
    rest = "".join(f"(?:{capital}|{word})" for capital, word in zip(capitals[1:], words[1:], strict=True))
    lower = words[0][:1].lower() + words[0][1:]
    # Another word may follow, which begins with a capital too.
    yield rf"(?:(?<![A-Z]){capitals[0]}|(?<!{_WORD}){lower}){rest}(?![a-z\u00df-\u00ff])"
    if len(joined) >= DISTINCT_NAME:
        yield f"(?i:{_bounded(joined, joined)})"


def _as_slug(words: list[str]) -> Iterator[str]:
    """Patterns of words as slugs have them, within a longer one too."""
    parts = slugify(" ".join(words)).split("-")
    if len(words) > 1 and len(parts) > 1:
        yield _bounded(rf"{parts[0]}(?P<joint>[-_])" + "(?P=joint)".join(parts[1:]), parts[0])
    elif len(words) == 1 and parts[0] and not _is_common("-".join(parts)):
        slug = "-".join(parts) + "(?:e?s)?"
        yield rf"(?<=[a-z0-9]-){slug}(?!{_WORD})|(?<!{_WORD}){slug}(?=-[a-z0-9])"


def _slug_like(name: str, match: re.Match[str]) -> str:
    return (slugify(name) or name).replace("-", match.groupdict().get("joint") or "-")


def _plain(word: str) -> str:
    """The letters of a word alone."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", word))


def _is_common(word: str) -> bool:
    """Whether a word could be one of any text: letters alone, and not many."""
    return word.isalpha() and word.isascii() and len(word) < 9  # Eight letters make "together".


def _of_word(word: str) -> str:
    """A pattern of one word: a common one as it is written and in capitals, others in any case and for several."""
    if _is_common(word):
        return _whole_word(word)
    plural = "" if _is_joined(word[-1]) or not word[-1].isalpha() else "(?:e?s)?"
    return f"(?i:{_bounded(f'(?:{_phrase([word])}){plural}', word)})"


def _whole_word(word: str) -> str:
    capitals = [word, word.upper()] if word != word.lower() or word.upper() == word.lower() else [word]
    forms = "|".join(_letters(form) for each in capitals for form in _forms(each))
    return _bounded(forms, word)


def _bounded(pattern: str, text: str) -> str:
    """Not within a longer word, where words are parted by spaces."""
    # In a link, the letters before may stand for a space.
    before = "" if _is_joined(text[0]) or not text[0].isalnum() else rf"(?:(?<!{_WORD})|(?<=%[0-9A-Fa-f]{{2}}))"
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
    """Lookups that find the text whatever its case: by its longest run of plain letters, or else as it is.

    Such a run stands in the slug of the text too; otherwise the slug is looked for itself.
    """
    if run := _longest_run(text):
        return [("icontains", run)]
    words = text.split()
    word = max(words, key=len) if words else text
    cased = {form for each in (word, word.lower(), word.upper(), word.title()) for form in _forms(each)}
    # SQLite compares only plain letters without their case, and keeps JSON with its escapes.
    cased |= {json.dumps(form)[1:-1] for form in cased}
    if slug := slugify(text):
        cased.add(max(slug.split("-"), key=len))
    return [("icontains", form) for form in sorted(cased)]


def _longest_run(text: str) -> str:
    """The longest run of plain letters; "" where each is short."""
    # Joined, since letters that stand beside an accent of their own are no part of the joined one.
    runs = re.findall(r"[A-Za-z0-9]{3,}", unicodedata.normalize("NFC", text))
    return max(runs, key=len) if runs else ""


def _ways_of_phone(phone: str) -> list[tuple[str, str]]:
    ways = _ways_of_name(phone) if re.search(r"[A-Za-z]{3}", phone) or not _numbers(phone) else []
    return ways + [("regex", "[^0-9]{0,3}".join(digits)) for digits in _numbers(phone)]
