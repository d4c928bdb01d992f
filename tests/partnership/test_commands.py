from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partnership.models import Contact, Initiative, Membership, Organization, User
from partnership.services.tokens import find_token
from tests.factories.partnership import make_initiative, make_organization, make_user

pytestmark = pytest.mark.django_db


def run(name, *args, **options):
    out = StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def stdin(monkeypatch):
    def put(text):
        monkeypatch.setattr("sys.stdin", StringIO(text))

    put("")
    return put


def test_createstaff_in_an_empty_installation_makes_everything(stdin, client):
    stdin("correct horse battery\n")

    run(
        "createstaff",
        "Ana@Example.org",
        "Ana Lindqvist",
        initiative_name="Healthy County",
        contact_email="hello@example.org",
        password_stdin=True,
    )

    initiative = Initiative.objects.get()
    user = User.objects.get()
    assert (initiative.slug, initiative.code, initiative.is_published) == ("healthy-county", "HC", False)
    assert (initiative.contact_email, initiative.backbone) == ("hello@example.org", Organization.objects.get())
    assert Membership.objects.get().role == "staff"
    assert (Contact.objects.get().user, Contact.objects.get().organization) == (user, initiative.backbone)
    assert client.login(email="ana@example.org", password="correct horse battery")


def test_createstaff_without_a_password_prints_one(stdin):
    initiative = make_initiative()

    printed = run("createstaff", "ana@example.org", "Ana", initiative=initiative.slug)

    password = printed.splitlines()[0].partition("now): ")[2]
    assert User.objects.get().check_password(password)


def test_createstaff_for_a_known_person_adds_the_role_and_keeps_the_password(stdin):
    initiative = make_initiative()
    user = make_user(email="ana@example.org")

    run("createstaff", "ana@example.org")
    run("createstaff", "ana@example.org")

    assert Membership.objects.get().initiative == initiative
    assert User.objects.get().password == user.password


def test_createstaff_publishes_when_asked(stdin):
    run("createstaff", "ana@example.org", "Ana", initiative_name="Healthy County", publish=True)

    assert Initiative.objects.published().count() == 1


@pytest.mark.parametrize(
    ("args", "options", "words"),
    [
        (["ana"], {}, "not an e-mail address"),
        (["ana@example.org"], {}, "Name"),
        (["ana@example.org", "Ana"], {}, "Name of the initiative"),
        (["ana@example.org", "Ana"], {"initiative": "nowhere"}, "no initiative"),
        (["ana@example.org", "Ana"], {"initiative_name": "A", "slug": "api"}, "belongs to the product"),
        (["ana@example.org", "Ana"], {"initiative_name": "A", "time_zone": "Mars"}, "not a time zone"),
        (["ana@example.org", "Ana"], {"initiative_name": "A", "password_stdin": True}, "too short"),
    ],
)
def test_createstaff_with_wrong_words_says_what_and_leaves_nothing(stdin, args, options, words):
    with pytest.raises(CommandError, match=words):
        run("createstaff", *args, **options)

    assert (User.objects.count(), Initiative.objects.count()) == (0, 0)


def test_createtoken_prints_only_the_token():
    organization = make_organization()

    printed = run("createtoken", organization.initiative.slug, organization.slug)

    token = find_token(printed.strip())
    assert token.organization == organization
    assert token.is_live(timezone.now())


def test_createtoken_for_an_organization_of_another_initiative_is_refused():
    with pytest.raises(CommandError):
        run("createtoken", make_initiative().slug, make_organization().slug)
