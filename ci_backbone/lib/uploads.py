"""Files that people hand in: only what they say they are is let in, under a name that does no harm.

    checked = check_upload(form_file)      # raises UploadRefused with a sentence for the person
    ...
    return send_file(document.file, ...)   # an attachment that no browser runs

The name says what a file claims to be; its first bytes and its inside have to agree. Images are drawn anew, so that
nothing but their pixels stays. No SVG, no HTML.
"""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from ci_backbone.lib.office import NotOffice, check_office

LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 36_000_000
LONGEST_NAME = 120
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
_ALIASES = {"jpeg": "jpg"}
_IMAGES = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
# What a browser that guesses would take for a page or a drawing.
_MARKUP = re.compile(
    rb"<\s*(!doctype|html|head|body|script|iframe|object|embed|svg|img|link|meta|style|form|a\s|table|\?xml|\?php)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<\s*[!/?a-z]", re.IGNORECASE)
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_PDF_ACTS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z0-9])")
_PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
SEALED = "sandbox; default-src 'none'"


class UploadRefused(Exception):
    """The file does not come in; the text is a sentence for the person who sent it."""


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: its clean name, what it is, and its content, which for images is not what came in."""

    filename: str
    content_type: str
    content: bytes


class LimitedUpload(FileUploadHandler):
    """Stands before the other handlers: what is larger than `LARGEST` in one request is read past, and kept nowhere.

    The form field learns of it from `was_too_large`.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = getattr(self, "seen", 0)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.seen += len(raw_data)
        if self.seen > LARGEST:
            if self.request is not None:
                skipped: set[str] = getattr(self.request, "uploads_too_large", set())
                self.request.uploads_too_large = skipped | {self.field_name}
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def was_too_large(request: HttpRequest, field: str) -> bool:
    """Whether the file of a field was read past because of its size."""
    return field in getattr(request, "uploads_too_large", ())


def too_large() -> str:
    return _("This file is too large. Send one of at most 10 MB.")


def check_upload(upload: UploadedFile) -> Checked:
    """Look into a file that a person sent. Raises UploadRefused."""
    filename = clean_name(upload.name or "")
    _stem, dot, ending = filename.rpartition(".")
    if not dot or ending not in TYPES:
        raise UploadRefused(_("Send a PDF, PNG, JPG, WebP, DOCX, XLSX or CSV file; other kinds are not taken."))
    if upload.size is None or upload.size > LARGEST:
        raise UploadRefused(too_large())
    content = upload.read()
    if not content:
        raise UploadRefused(_("This file is empty. Send one with something in it."))
    return Checked(filename, TYPES[ending], _looked_into(content, ending))


def clean_name(name: str) -> str:
    """The name without folders, characters that are not seen or turn others round, and what file systems forbid.

    The ending is in small letters, and jpeg is jpg; a name of nothing else becomes "file".
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    kept = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    kept = re.sub(r'[<>:"|?*%;\x7f]', "_", " ".join(kept.split())).rstrip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        return kept[:LONGEST_NAME]
    ending = ending.lower().strip()
    return f"{stem.strip(' .')[:LONGEST_NAME] or 'file'}.{_ALIASES.get(ending, ending)}"


def _looked_into(content: bytes, ending: str) -> bytes:
    if ending in _IMAGES:
        return _drawn_anew(content, ending)
    if ending == "pdf":
        _check_pdf(content)
    elif ending == "csv":
        _check_csv(content)
    else:
        try:
            check_office(content, ending)
        except NotOffice as error:
            raise UploadRefused(_office_words(ending)) from error
    return content


def _office_words(ending: str) -> str:
    return _(
        "This is no %(ending)s file that we can take. It may be damaged, hold macros or fetch parts from elsewhere. "
        "Save it again without them, or as PDF."
    ) % {"ending": ending.upper()}


def _not_what_it_says(ending: str) -> str:
    return _("The name says %(ending)s, but the file is something else or damaged. Save it again and send that.") % {
        "ending": ending.upper()
    }


def _check_pdf(content: bytes) -> None:
    """One PDF from the first byte to the last, with nothing that acts by itself where it can be seen."""
    end = content.rfind(b"%%EOF")
    if not re.match(rb"%PDF-[12]\.\d", content) or end < 0 or content[end + 5 :].strip(b"\x00 \t\r\n"):
        raise UploadRefused(_not_what_it_says("pdf"))
    seen = _STREAM.sub(b"", content)
    if _MARKUP.search(seen):
        raise UploadRefused(_not_what_it_says("pdf"))
    plain = _PDF_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), seen)
    if _PDF_ACTS.search(plain):
        raise UploadRefused(
            _("This PDF holds scripts, other files or a form that acts by itself. Print it to a new PDF and send that.")
        )


def _check_csv(content: bytes) -> None:
    """Text in rows, in an encoding that says itself, with nothing a browser would take for markup."""
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UploadRefused(_("This CSV file is not in UTF-8. Save it as “CSV UTF-8” and send that.")) from error
    if any(unicodedata.category(char) == "Cc" and char not in "\t\r\n" for char in text):
        raise UploadRefused(_not_what_it_says("csv"))
    if _TAG.search(text):
        raise UploadRefused(_("This CSV file holds what looks like HTML. Take it out and send it again."))
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    except csv.Error as error:
        raise UploadRefused(_not_what_it_says("csv")) from error
    if not rows:
        raise UploadRefused(_("This file is empty. Send one with something in it."))


def _drawn_anew(content: bytes, ending: str) -> bytes:
    """The pixels of an image, upright, as a new file of the same kind; nothing else of it stays."""
    kind = _IMAGES[ending]
    try:
        image = Image.open(io.BytesIO(content), formats=[kind])
        if image.width * image.height > MOST_PIXELS:
            raise UploadRefused(_too_many_pixels())
        image.load()
        upright = ImageOps.exif_transpose(image)
        plain = upright.convert("RGBA" if kind != "JPEG" and upright.has_transparency_data else "RGB")
        drawn = Image.frombytes(plain.mode, plain.size, plain.tobytes())
        out = io.BytesIO()
        drawn.save(out, kind, **({} if kind == "PNG" else {"quality": 90}))
    except UploadRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadRefused(_too_many_pixels()) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError,
            OverflowError, MemoryError, AttributeError) as error:  # fmt: skip  # What damaged images raise.
        raise UploadRefused(_not_what_it_says(ending)) from error
    return out.getvalue()


def _too_many_pixels() -> str:
    return _("This image has too many pixels. Make it smaller, at most 6000 by 6000.")


def send_file(file: IO[bytes], *, filename: str, is_public: bool) -> FileResponse:
    """Answer with a kept file, as an attachment that no browser opens as a page; only public ones are cached."""
    ending = filename.rpartition(".")[2]
    kind = TYPES.get(ending, "application/octet-stream")
    response = FileResponse(file, as_attachment=True, filename=filename, content_type=kind)
    response.headers["Content-Security-Policy"] = SEALED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "public, max-age=60" if is_public else "private, no-store"
    return response
