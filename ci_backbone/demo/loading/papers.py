"""A page of plain text as a PDF, the same bytes for the same text."""

from collections.abc import Sequence

# US Letter, in points; the first line stands an inch from the top.
WIDTH, HEIGHT, MARGIN = 612, 792, 72
SIZE, LEADING = 12, 20


def plain_pdf(lines: Sequence[str]) -> bytes:
    """One page with these lines, the first of them in bold. Only what Latin-1 has can be written."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>" % (WIDTH, HEIGHT),
        _stream(_text(lines)),
        _font(b"Helvetica"),
        _font(b"Helvetica-Bold"),
    ]
    return _file(objects)


def _text(lines: Sequence[str]) -> bytes:
    shown = [b"BT %d %d Td %d TL" % (MARGIN, HEIGHT - MARGIN, LEADING)]
    for number, line in enumerate(lines):
        font = b"/F1" if number else b"/F2"
        shown.append(b"%s %d Tf (%s) Tj T*" % (font, SIZE, _escaped(line)))
    return b"\n".join([*shown, b"ET"])


def _escaped(line: str) -> bytes:
    plain = line.encode("latin-1")
    for sign in (b"\\", b"(", b")"):
        plain = plain.replace(sign, b"\\" + sign)
    return plain


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _font(name: bytes) -> bytes:
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects with the table that says where each begins."""
    content, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, rows)
    return content + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(content))
