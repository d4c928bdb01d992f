"""Whether a file is a word-processing document or a workbook as it says, and holds nothing that runs."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

MOST_ENTRIES = 2000
MOST_UNPACKED = 100 * 1024 * 1024
# Text of documents packs well, and small parts better than any limit would allow.
MOST_RATIO = 200
SMALL = 1024 * 1024

_MAIN_PARTS = {
    "docx": (
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
}
_RUNS = re.compile(
    r"(vbaproject|vbadata|macrosheets|activex|oleobject|externallinks/.*\.bin)"
    r"|\.(exe|dll|com|scr|js|jse|vbs|vbe|wsf|hta|ps1|bat|cmd|jar|lnk|html?|svg|xht(ml)?|docm|dotm|xlsm|xltm|xlam|xlsb)$",
    re.IGNORECASE,
)
_MACRO_TYPE = re.compile(rb"macroenabled|vbaproject|ms-office\.activex", re.IGNORECASE)
_ENTITIES = re.compile(rb"<!\s*(doctype|entity)", re.IGNORECASE)
_RELATION = re.compile(rb"<(?:\w+:)?relationship\b[^>]*>", re.IGNORECASE)
# These kinds of relations fetch a file from elsewhere when the document is opened.
_FETCHES = re.compile(rb"/(attachedtemplate|oleobject|frame|subdocument|externallinkpath|control)\b", re.IGNORECASE)
_EXTERNAL = re.compile(rb"targetmode\s*=\s*[\"']external", re.IGNORECASE)


class NotOffice(Exception):
    """The file is not what it says, or holds something that runs; the text says what, in a few plain words."""


@dataclass(frozen=True)
class _Part:
    name: str
    content: bytes


def check_office(content: bytes, ending: str) -> None:
    """Raises NotOffice unless `content` is a docx or xlsx file, as `ending` says, without macros or traps."""
    if not content.startswith(b"PK\x03\x04"):
        raise NotOffice("signature")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_shape(archive, content)
            _check_parts(_unpacked(archive), ending)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise NotOffice("damaged") from error


def _check_shape(archive: zipfile.ZipFile, content: bytes) -> None:
    """One archive and nothing before, between or behind; few entries, of a size that a document has."""
    entries = archive.infolist()
    if not entries or len(entries) > MOST_ENTRIES:
        raise NotOffice("too many parts")
    if archive.comment or content.rfind(b"PK\x05\x06") != len(content) - 22:
        raise NotOffice("something behind the end")
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise NotOffice("too large unpacked")
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names) or any(_is_odd(entry) for entry in entries):
        raise NotOffice("odd parts")
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if ordered[0].header_offset != 0:
        raise NotOffice("something before the start")
    ends = [entry.header_offset + 30 + entry.compress_size for entry in ordered]
    starts = [entry.header_offset for entry in ordered[1:]]
    if any(end > start for end, start in zip(ends, [*starts, len(content)], strict=True)):
        raise NotOffice("parts that overlap")


def _is_odd(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    steps = name.split("/")
    if "\\" in name or "\x00" in name or name.startswith("/") or ".." in steps or ":" in name:
        return True
    if entry.flag_bits & 0x1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return True
    return entry.file_size > SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1)


def _unpacked(archive: zipfile.ZipFile) -> Iterable[_Part]:
    """Each part, read no further than it says it is long: sizes in a directory can lie."""
    left = MOST_UNPACKED
    for entry in archive.infolist():
        with archive.open(entry) as stream:
            content = stream.read(min(entry.file_size, left) + 1)
        left -= len(content)
        if len(content) > entry.file_size or left < 0:
            raise NotOffice("too large unpacked")
        yield _Part(entry.filename, content)


def _check_parts(parts: Iterable[_Part], ending: str) -> None:
    main, content_type = _MAIN_PARTS[ending]
    names, types = set(), b""
    for part in parts:
        names.add(part.name)
        if _RUNS.search(part.name):
            raise NotOffice("something that runs")
        if part.name == "[Content_Types].xml":
            types = part.content
        if part.name.lower().endswith((".xml", ".rels", ".vml")):
            _check_text(part)
    if not {"[Content_Types].xml", "_rels/.rels", main} <= names:
        raise NotOffice("not the parts of such a document")
    if content_type.encode() not in types or _MACRO_TYPE.search(types):
        raise NotOffice("not the type of such a document")


def _check_text(part: _Part) -> None:
    content = part.content
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", errors="replace").encode()
    elif b"\x00" in content[:200]:
        raise NotOffice("text that is none")
    if _ENTITIES.search(content):
        raise NotOffice("entities")
    if part.name.lower().endswith(".rels"):
        for relation in _RELATION.findall(content):
            if _EXTERNAL.search(relation) and _FETCHES.search(relation):
                raise NotOffice("something fetched from elsewhere")
