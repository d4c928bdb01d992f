"""Files as people, and those who mean harm, hand them in."""

import io
import zipfile
from typing import Any

from PIL import Image, PngImagePlugin

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def office(kind: str = "docx", parts: dict[str, bytes] | None = None, *, without: str = "", **types: str) -> bytes:
    """A small docx or xlsx; `parts` are added to it or stand in place of its own, `types` give another main type."""
    main, content_type = {"docx": ("word/document.xml", WORD), "xlsx": ("xl/workbook.xml", SHEET)}[kind]
    content = {
        "[Content_Types].xml": f'<Types><Override ContentType="{types.get("main", content_type)}"/></Types>'.encode(),
        "_rels/.rels": b"<Relationships/>",
        main: b"<document>words</document>",
    }
    content |= parts or {}
    content.pop(without, None)
    return zipped(content)


def zipped(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return out.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), **more: Any) -> bytes:
    """A small image of one color."""
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 60)).save(out, kind, **more)
    return out.getvalue()


def picture_with_words(words: str) -> bytes:
    """A PNG that carries a text beside its pixels."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", words)
    return picture(pnginfo=info)
