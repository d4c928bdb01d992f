from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from partnership.models import Contact, Initiative, Invitation, Membership, Organization, User
from partnership.services.invitations import accept_with_new_account
from partnership.services.tokens import find_token
from tests.factories.partnership import make_initiative, make_organization, make_staff, make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now()


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


def test_createstaff_in_an_empty_installation_leaves_the_rest_to_the_browser(stdin, client):
    stdin("correct horse battery\n")

    printed = run("createstaff", "ana@example.org", "Ana", password_stdin=True)

    assert (Initiative.objects.count(), Membership.objects.count()) == (0, 0)
    assert f"{settings.PUBLIC_BASE_URL}/new/" in printed
    client.force_login(User.objects.get())
    assert client.get("/new/").status_code == 200


def test_createstaff_for_a_known_person_of_an_empty_installation_lets_them_start(stdin):
    user = make_user(email="ana@example.org")

    run("createstaff", "ana@example.org")

    assert User.objects.get().may_start_initiatives
    assert User.objects.get().password == user.password


def test_createstaff_of_an_initiative_lets_nobody_start_another(stdin):
    make_initiative()

    run("createstaff", "ana@example.org", "Ana")

    assert not User.objects.get().may_start_initiatives


def test_createstaff_gives_a_role_back_that_was_ended(stdin):
    home = make_initiative()
    Membership.objects.create(initiative=home, user=make_user(email="a@example.org"), role="staff", ended_at=NOW)

    run("createstaff", "a@example.org")

    assert Membership.objects.current().get().user.email == "a@example.org"


def test_createstaff_makes_no_staff_of_an_account_that_is_switched_off(stdin):
    make_initiative()
    make_user(email="ana@example.org", is_active=False)

    with pytest.raises(CommandError, match="switched off"):
        run("createstaff", "ana@example.org")

    assert Membership.objects.count() == 0


def link_in(printed):
    address = printed.split()[-1]
    assert address.startswith(f"{settings.PUBLIC_BASE_URL}/in/")
    return address.removeprefix(settings.PUBLIC_BASE_URL)


def test_invitation_is_printed_and_makes_somebody_who_may_start(stdin, client):
    path = link_in(run("createstaff", "Ana@Example.org", "Ana", invite=True))

    assert (User.objects.count(), Invitation.objects.get().is_printed) == (0, True)
    assert path.split("/")[2] not in str(Invitation.objects.values())
    assert client.get(path).status_code == 200
    accept_with_new_account(invitation=Invitation.objects.get(), name="Ana", password="a long enough password")
    assert User.objects.get().may_start_initiatives


def test_second_invitation_ends_the_link_of_the_first(stdin, client):
    first, second = (link_in(run("createstaff", "ana@example.org", "Ana", invite=True)) for _each in range(2))

    assert (first != second, Invitation.objects.count()) == (True, 1)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)


def test_invitation_to_an_initiative_is_for_its_staff(stdin):
    home = make_initiative()

    run("createstaff", "ana@example.org", "Ana", invite=True)

    invitation = Invitation.objects.get()
    assert (invitation.initiative, invitation.role, invitation.email) == (home, "staff", "ana@example.org")


def test_nobody_is_invited_to_what_they_are(stdin):
    person = make_staff()

    with pytest.raises(CommandError, match="is staff of"):
        run("createstaff", person.email, invite=True)


@pytest.mark.parametrize(
    ("args", "options", "words"),
    [
        (["ana"], {}, "not an e-mail address"),
        (["ana@example.org"], {}, "Name"),
        (["ana@example.org", "Ana"], {"publish": True}, "no initiative to publish"),
        (["ana@example.org", "Ana"], {"invite": True, "generate_password": True}, "chooses the password"),
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
