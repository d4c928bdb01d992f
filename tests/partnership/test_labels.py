"""What an initiative calls things stands in the header, in titles and in headings; elsewhere our own words stand."""

import pytest
from django.core.exceptions import ValidationError

from partnership.labels import LABELS, PRESETS, TOPICS, label_of
from partnership.models import Initiative
from partnership.services.initiatives import edit_labels
from tests.factories.partnership import make_council_member, make_initiative, make_staff
from tests.factories.teams import make_team
from tests.pages import text_of

pytestmark = pytest.mark.django_db

PATH = "/here/settings/labels/"


@pytest.fixture
def home():
    return make_initiative(slug="here")


@pytest.fixture
def staff(client, home):
    person = make_staff(home)
    client.force_login(person)
    return person


def labels():
    return {key: word for key, word in Initiative.objects.get().labels.items() if word}


def test_every_key_has_a_topic_and_every_preset_names_keys():
    assert [key for topic in TOPICS for key in topic.keys] == list(LABELS)
    assert {key for preset in PRESETS for key in preset.words} <= set(LABELS)


def test_label_that_nobody_typed_is_our_own(home):
    home.labels = {"teams": "work groups", "measures": ""}

    words = [label_of(home, "teams"), label_of(home, "measures"), label_of(home, "plans"), label_of(None, "teams")]

    assert words == ["work groups", "measures", "plans", "teams"]


def test_unknown_key_is_a_mistake_of_the_page(home):
    with pytest.raises(KeyError):
        label_of(home, "teem")


def test_service_keeps_only_known_keys(home, staff):
    with pytest.raises(ValidationError):
        edit_labels(initiative=home, labels={"teem": "x"}, seen=None, by=staff)

    edit_labels(initiative=home, labels={"teams": " work \n groups "}, seen=None, by=staff)

    assert labels() == {"teams": "work groups"}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("progress-measures", {"conditions": "characteristics", "measures": "common progress measures"}),
        ("shared-measurement", {"conditions": "key elements", "measures": "shared measurement"}),
        ("work-group", {"team": "work group", "teams": "work groups"}),
        ("community-team", {"team": "community management team", "teams": "community management teams"}),
    ],
)
def test_preset_fills_in_its_words_and_leaves_the_rest(client, home, staff, key, words):
    answer = client.post(PATH, {"council": "steering group", "version": 1, "preset": key})

    page = answer.content.decode()
    assert answer.status_code == 200
    for typed in (*words.values(), "steering group"):
        assert f'value="{typed}"' in page
    assert labels() == {}


def test_preset_that_is_none_changes_nothing(client, home, staff):
    answer = client.post(PATH, {"version": 1, "preset": "made-up", "teams": "circles"})

    assert answer.status_code == 422
    assert 'value="circles"' in answer.content.decode()
    assert labels() == {}


def test_typed_words_are_saved_and_an_empty_one_takes_ours_back(client, home, staff):
    client.post(PATH, {"teams": "work groups", "measures": "shared measurement", "version": 1})
    assert labels() == {"teams": "work groups", "measures": "shared measurement"}

    client.post(PATH, {"teams": "", "measures": "shared measurement", "version": 2})

    assert labels() == {"measures": "shared measurement"}


def test_second_of_two_who_type_words_sees_both(client, home, staff):
    client.post(PATH, {"teams": "circles", "version": 1})

    answer = client.post(PATH, {"teams": "work groups", "version": 1})

    assert answer.status_code == 409
    assert ("circles" in answer.content.decode(), labels()) == (True, {"teams": "circles"})


def test_words_stand_in_the_header_and_in_titles(client, home):
    make_team(home)
    home.labels = {
        "teams": "work groups",
        "team": "work group",
        "measures": "shared measurement",
        "plans": "work plans",
    }
    home.save()

    header = text_of(client, "/here/").partition("<main")[0]
    for word in ("Work groups", "Shared measurement", "Work plans"):
        assert f">{word}</a>" in header
    assert "Teams" not in header
    assert "<title>Work groups" in text_of(client, "/here/teams/")
    assert "1 work group at work" in text_of(client, "/here/teams/")
    assert "<title>Shared measurement" in text_of(client, "/here/measures/")
    assert ">Work groups</h2>" in text_of(client, "/here/")


def test_council_reads_its_own_name_on_its_dashboard(client, home):
    home.labels = {"council": "steering committee", "team": "work group"}
    home.save()
    client.force_login(make_council_member(home))
    make_team(home)

    page = text_of(client, "/here/dashboard/")

    assert "Steering committee" in page
    assert ">Work group</th>" in page


def test_words_of_one_initiative_do_not_stand_in_another(client, home):
    make_initiative(slug="there", labels={"teams": "circles"})

    assert "Circles" in text_of(client, "/there/teams/")
    assert "Circles" not in text_of(client, "/here/teams/")
