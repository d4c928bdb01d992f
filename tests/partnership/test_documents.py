import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ci_backbone.lib.uploads import LARGEST, Checked
from partnership.models import Document
from partnership.services import documents as services
from tests.factories.files import PDF, picture_with_words
from tests.factories.partnership import (
    make_body,
    make_council_member,
    make_document,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def body(initiative):
    return make_body(initiative)


@pytest.fixture
def as_staff(client, initiative):
    client.force_login(make_staff(initiative))
    return client


def url(name, initiative, pk):
    return reverse(f"partnership:{name}", args=[initiative.slug, pk])


def sent(name="charter.pdf", content=PDF, **more):
    return {"title": "Charter", "file": SimpleUploadedFile(name, content)} | more


def test_staff_hand_in_a_file_and_get_it_back(as_staff, initiative, body):
    answer = as_staff.post(url("document-new", initiative, body.pk), sent("../Müller’s charter.PDF"))

    document = Document.objects.get()
    file = as_staff.get(url("document", initiative, document.pk))
    assert answer.status_code == 302
    assert b"".join(file.streaming_content) == PDF
    assert (document.filename, document.size, document.is_public) == ("Müller’s charter.pdf", len(PDF), False)
    assert file["Content-Disposition"] == "attachment; filename*=utf-8''M%C3%BCller%E2%80%99s%20charter.pdf"
    assert file["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert file["X-Content-Type-Options"] == "nosniff"
    assert file["Cache-Control"] == "private, no-store"


def test_the_stored_name_tells_nothing(as_staff, initiative, body):
    as_staff.post(url("document-new", initiative, body.pk), sent("secret plan.pdf"))

    name = Document.objects.get().file.name
    assert "secret" not in name
    assert name.startswith(f"documents/{initiative.pk}/")
    assert len(name.rpartition("/")[2]) == 32 + len(".pdf")


def test_an_image_is_kept_without_what_it_carries(as_staff, initiative, body):
    as_staff.post(url("document-new", initiative, body.pk), sent("map.png", picture_with_words("<script>")))

    assert b"script" not in Document.objects.get().file.read()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<html>", "other kinds are not taken"),
        ("page.pdf", b"<html>", "something else or damaged"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "something else or damaged"),
        ("empty.pdf", b"", "empty"),
        ("large.pdf", PDF + b" " * LARGEST, "at most 10 MB"),
    ],
)
def test_a_file_that_is_not_taken_is_refused_with_a_sentence_and_kept_nowhere(
    as_staff, initiative, body, name, content, words
):
    before = default_storage.listdir("documents")[0] if default_storage.exists("documents") else []

    answer = as_staff.post(url("document-new", initiative, body.pk), sent(name, content))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="Charter"' in answer.content.decode()
    assert not Document.objects.exists()
    assert (default_storage.listdir("documents")[0] if default_storage.exists("documents") else []) == before


def test_much_more_than_the_limit_is_read_past_without_being_kept(as_staff, initiative, body):
    answer = as_staff.post(url("document-new", initiative, body.pk), sent(content=PDF + b"x" * (3 * LARGEST)))

    assert answer.status_code == 422
    assert "at most 10 MB" in answer.content.decode()


@pytest.mark.parametrize("data", [{}, {"title": "Charter"}, {"title": "Charter", "file": "no file"}])
def test_without_a_file_the_form_says_so(as_staff, initiative, body, data):
    answer = as_staff.post(url("document-new", initiative, body.pk), data)

    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors


def test_a_file_whose_row_cannot_be_saved_is_deleted(body, monkeypatch):
    make_document(body)
    folder = f"documents/{body.initiative_id}"
    before, during = set(default_storage.listdir(folder)[1]), set()

    def fail(*_args, **_kwargs):
        during.update(default_storage.listdir(folder)[1])
        raise RuntimeError("no room")

    monkeypatch.setattr(Document, "save", fail)
    checked = Checked("charter.pdf", "application/pdf", PDF)
    with pytest.raises(RuntimeError):
        services.add_document(body=body, title="Charter", checked=checked, is_public=False, by=None)

    assert len(during - before) == 1
    assert set(default_storage.listdir(folder)[1]) == before


def test_initiative_author_and_checksum_cannot_be_typed(as_staff, initiative, body):
    elsewhere = make_body()
    forged = {"initiative": elsewhere.initiative_id, "body": elsewhere.pk, "sha256": "0", "content_type": "text/html"}

    as_staff.post(url("document-new", initiative, body.pk), sent(**forged))

    document = Document.objects.get()
    assert (document.initiative, document.body, document.content_type) == (initiative, body, "application/pdf")
    assert len(document.sha256) == 64


@pytest.mark.parametrize(("is_public", "visitor", "stranger"), [(False, 302, 404), (True, 200, 200)])
def test_who_reads_a_document(client, initiative, body, is_public, visitor, stranger):
    address = url("document", initiative, make_document(body, is_public=is_public).pk)
    found = {}

    found["visitor"] = client.get(address).status_code
    people = {
        "stranger": make_user(),
        "elsewhere": make_staff(),
        "partner": make_partner(make_organization(initiative)),
        "council": make_council_member(initiative),
        "staff": make_staff(initiative),
    }
    for name, person in people.items():
        client.force_login(person)
        found[name] = client.get(address).status_code

    assert found == {
        "visitor": visitor,
        "stranger": stranger,
        "elsewhere": stranger,
        "partner": 200,
        "council": 200,
        "staff": 200,
    }


def test_a_visitor_cannot_tell_a_private_document_from_none(client, initiative, body):
    hidden = url("document", initiative, make_document(body).pk)
    nothing = url("document", initiative, 10**9)

    answers = [client.get(address) for address in (hidden, nothing)]

    assert {(one.status_code, one["Location"].partition("?")[0]) for one in answers} == {(302, "/accounts/login/")}


def test_a_removed_document_is_gone_for_everybody_and_comes_back(as_staff, initiative, body):
    document = make_document(body, is_public=True)
    address = url("document", initiative, document.pk)

    as_staff.post(url("document-remove", initiative, document.pk))
    gone = as_staff.get(address)
    as_staff.post(url("document-restore", initiative, document.pk))

    assert gone.status_code == 404
    assert as_staff.get(address).status_code == 200


def test_a_document_of_an_unpublished_initiative_is_not_public(client):
    initiative = make_initiative(published=False)
    document = make_document(make_body(initiative), is_public=True)

    assert client.get(url("document", initiative, document.pk)).status_code == 404


def test_staff_make_a_document_public_and_take_that_back(as_staff, initiative, body):
    document = make_document(body)
    states = []

    for verb in ("document-show", "document-hide"):
        as_staff.post(url(verb, initiative, document.pk))
        document.refresh_from_db()
        states.append(document.is_public)

    assert states == [True, False]


def test_the_page_lists_to_the_public_what_is_public(client, initiative, body):
    make_document(body, title="Open rules", is_public=True)
    make_document(body, title="Hidden rules")

    page = client.get(body.get_absolute_url()).content.decode()

    assert "Open rules" in page
    assert "Hidden rules" not in page


def test_staff_delete_the_file_of_a_removed_document_for_good(
    as_staff, initiative, body, django_capture_on_commit_callbacks
):
    document = make_document(body)
    name = document.file.name
    as_staff.post(url("document-remove", initiative, document.pk))

    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(url("document-delete-file", initiative, document.pk))
    page = as_staff.get(body.get_absolute_url()).content.decode()
    back = as_staff.post(url("document-restore", initiative, document.pk), follow=True).content.decode()

    assert not default_storage.exists(name)
    assert "Its file was deleted for good." in page
    assert "cannot be brought back" in back
    document.refresh_from_db()
    assert (document.file.name, document.removed_at is None) == ("", False)
    assert document.history.first().history_change_reason == "The file was deleted for good."


def test_the_file_of_a_document_that_is_not_removed_stays(as_staff, initiative, body):
    document = make_document(body)

    answer = as_staff.post(url("document-delete-file", initiative, document.pk), follow=True)

    assert "Remove the document first." in answer.content.decode()
    assert default_storage.exists(document.file.name)


def test_a_file_that_could_not_be_forgotten_stays(body, monkeypatch, django_capture_on_commit_callbacks):
    document = services.remove_document(document=make_document(body), by=None)
    monkeypatch.setattr(Document, "save", lambda *_arguments, **_options: 1 / 0)

    with pytest.raises(ZeroDivisionError), django_capture_on_commit_callbacks(execute=True):
        services.delete_file(document=document, by=None)

    assert default_storage.exists(document.file.name)


ACTS = ["document-remove", "document-restore", "document-delete-file", "document-show", "document-hide"]


@pytest.mark.parametrize("name", ACTS)
def test_acts_are_for_staff_and_by_post(client, initiative, body, name):
    address = url(name, initiative, make_document(body).pk)
    client.force_login(make_council_member(initiative))

    assert client.post(address).status_code == 403
    client.force_login(make_staff(initiative))
    assert client.get(address).status_code == 405


@pytest.mark.parametrize("name", [*ACTS, "document"])
def test_documents_of_another_initiative_are_not_found(as_staff, initiative, name):
    address = url(name, initiative, make_document().pk)

    assert (as_staff.get if name == "document" else as_staff.post)(address).status_code == 404


def test_markup_in_a_title_is_text(as_staff, initiative, body):
    as_staff.post(url("document-new", initiative, body.pk), sent(title="<script>alert(1)</script>"))

    page = as_staff.get(body.get_absolute_url()).content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
