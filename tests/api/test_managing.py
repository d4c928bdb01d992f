"""What the backbone's own system does by the API, the same for every kind of row."""

import pytest
from django.apps import apps

from partnership.models import IdempotencyRecord
from tests.api.managed import ACTED, CHANGED, KINDS, MADE, System
from tests.factories.partnership import make_organization, make_token
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

BY_PATH = {"ids": str}


@pytest.fixture
def system():
    return System()


@pytest.mark.parametrize("kind", MADE, **BY_PATH)
def test_row_is_made_and_read_back(system, kind):
    answer = system.ask("post", f"{kind.path}/", kind.new(system.initiative))

    assert answer.status_code == 201, answer.content
    made = answer.json()
    made.pop("secret", None)
    assert system.ask("get", f"{kind.path}/{made['id']}/").json() == made


@pytest.mark.parametrize("kind", MADE, **BY_PATH)
def test_same_key_makes_one_row(system, kind):
    sent = kind.new(system.initiative)

    first, second = (system.ask("post", f"{kind.path}/", sent, Idempotency_Key="one") for _time in range(2))

    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize("kind", MADE, **BY_PATH)
def test_without_a_key_nothing_is_made(system, kind):
    before = system.ask("get", f"{kind.path}/").json()["count"]
    sent = kind.new(system.initiative)

    answer = system.ask("post", f"{kind.path}/", sent, Idempotency_Key="")

    assert (answer.status_code, list(answer.json())) == (400, ["Idempotency-Key"])
    assert system.ask("get", f"{kind.path}/").json()["count"] >= before


@pytest.mark.parametrize("kind", CHANGED, **BY_PATH)
def test_row_is_changed_with_what_was_seen_and_its_history_names_the_token(system, kind):
    row = kind.make(system.initiative)
    path = kind.at(row)

    answer = system.ask("patch", path, kind.change, If_Match=system.tag(path))

    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in kind.change} == kind.change
    assert answer["ETag"] == system.tag(path)
    entry = type(row).history.filter(id=row.pk).latest("history_id")
    assert (entry.history_door, entry.history_actor) == ("api", f"token:{system.token.pk}")
    assert entry.history_user is None


def test_time_zone_of_an_initiative_is_understood_however_its_letters_are_typed(system):
    path = f"initiatives/{system.initiative.slug}/"

    answer = system.ask("patch", path, {"time_zone": " america/denver "}, If_Match=system.tag(path))

    assert (answer.status_code, answer.json()["time_zone"]) == (200, "America/Denver")


def test_second_factor_of_staff_is_asked_for_by_a_system_that_has_none(system):
    path = f"initiatives/{system.initiative.slug}/"

    answer = system.ask("patch", path, {"staff_need_second_factor": True}, If_Match=system.tag(path))

    assert (answer.status_code, answer.json()["staff_need_second_factor"]) == (200, True)


@pytest.mark.parametrize("kind", CHANGED, **BY_PATH)
def test_change_of_what_was_not_seen_is_428(system, kind):
    row = kind.make(system.initiative)

    answer = system.ask("patch", kind.at(row), kind.change)

    assert (answer.status_code, list(answer.json())) == (428, ["detail"])
    row.refresh_from_db()
    assert row.version == type(row).objects.get(pk=row.pk).version


@pytest.mark.parametrize("kind", CHANGED, **BY_PATH)
def test_change_of_what_somebody_else_changed_is_412_with_both_versions(system, kind):
    row = kind.make(system.initiative)
    path, seen = kind.at(row), system.tag(kind.at(row))
    type(row).objects.filter(pk=row.pk).update(version=row.version + 1)

    answer = system.ask("patch", path, kind.change, If_Match=seen)

    said = answer.json()
    assert answer.status_code == 412
    assert said["current"] == system.ask("get", path).json()
    [name] = kind.change
    assert said["differences"] == {name: {"yours": kind.change[name], "theirs": said["current"][name]}}
    assert answer["ETag"] == system.tag(path) != seen
    assert type(row).objects.get(pk=row.pk).version == row.version + 1


@pytest.mark.parametrize("kind", CHANGED, **BY_PATH)
@pytest.mark.parametrize(("header", "status"), [("*", 200), ("nonsense", 400), ('W/"x"', 412), ('"a", "b"', 412)])
def test_if_match_takes_a_star_and_refuses_what_is_not_the_rows(system, kind, header, status):
    row = kind.make(system.initiative)

    assert system.ask("patch", kind.at(row), kind.change, If_Match=header).status_code == status


@pytest.mark.parametrize("kind", CHANGED, **BY_PATH)
def test_tag_of_another_row_does_not_count(system, kind):
    row, other = kind.make(system.initiative), System()
    foreign = other.tag(kind.at(kind.make(other.initiative)))

    assert system.ask("patch", kind.at(row), kind.change, If_Match=foreign).status_code == 412


@pytest.mark.parametrize("kind", KINDS, **BY_PATH)
def test_what_a_reader_has_is_304(system, kind):
    path = kind.at(kind.make(system.initiative))
    tag = system.tag(path)

    answer = system.ask("get", path, If_None_Match=f'"other", W/{tag}')

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert system.ask("get", path, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize("kind", CHANGED, **BY_PATH)
def test_wrong_input_to_a_change_is_400_and_changes_nothing(system, kind):
    row = kind.make(system.initiative)
    path = kind.at(row)
    before = system.ask("get", path).json()
    passed = []

    for wrong in [*kind.wrong, [], "text", 5, [{}]]:
        answer = system.ask("patch", path, wrong, If_Match="*")
        if answer.status_code != 400:
            passed.append((wrong, answer.status_code, answer.content))

    assert passed == []
    assert system.ask("get", path).json() == before


@pytest.mark.parametrize("kind", MADE, **BY_PATH)
def test_wrong_input_to_a_new_row_is_400_with_its_field_named(system, kind):
    good = kind.new(system.initiative)
    before = system.ask("get", f"{kind.path}/").json()["count"]
    passed = []

    for wrong in kind.wrong:
        answer = system.ask("post", f"{kind.path}/", good | wrong)
        if answer.status_code != 400 or not set(answer.json()) & (set(wrong) | {"detail", "sector", "organization"}):
            passed.append((wrong, answer.status_code, answer.content))

    assert passed == []
    assert system.ask("get", f"{kind.path}/").json()["count"] == before


def _fields(kind):
    """Every field of the model, and every one that is shown."""
    model = {
        "initiatives": "Initiative", "sectors": "Sector", "focus-areas": "FocusArea", "organizations": "Organization",
        "contacts": "Contact", "bodies": "Body", "seats": "Seat", "share-rules": "ShareRule",
        "memberships": "Membership", "invitations": "Invitation", "tokens": "ApiToken",
    }[kind.path]  # fmt: skip
    return [field.name for field in apps.get_model("partnership", model)._meta.get_fields()]


# Those that can be sent; whatever else a model has or an answer shows is refused.
WRITABLE = {
    "initiatives": "slug name code issue place started_on horizon_on backbone_organization backbone_kind contact_name "
    "contact_email contact_phone time_zone language fiscal_year_starts small_number_threshold labels "
    "shows_organizations shows_seat_holders takes_join_requests staff_need_second_factor published",
    "sectors": "name kind",
    "focus-areas": "name",
    "organizations": "name short_name sectors level website state",
    "contacts": "organization name email phone notes digest_frequency wants_reminders wants_nudges",
    "bodies": "name kind level parent charge started_on",
    "seats": "body role label sector organization end_user_group lived_experience stipend child_care interpretation "
    "support_note",
    "share-rules": "body of sector end_user_group minimum_percent",
    "memberships": "role organization",
    "invitations": "role organization email name",
    "tokens": "organization name scopes",
}


@pytest.mark.parametrize("kind", CHANGED, **BY_PATH)
def test_field_that_is_not_for_writers_is_refused_in_a_change(system, kind):
    path = kind.at(kind.make(system.initiative))
    shown = system.ask("get", path).json()
    tried = {*_fields(kind), *shown, "version", "pk"} - set(WRITABLE[kind.path].split())
    passed = []

    for name in tried:
        answer = system.ask("patch", path, {name: shown.get(name, 1)}, If_Match="*")
        if answer.status_code != 400 or list(answer.json()) != [name]:
            passed.append((name, answer.status_code))

    assert "initiative" in tried or kind.path in {"initiatives", "seats", "share-rules"}
    assert passed == []
    assert system.ask("get", path).json() == shown


@pytest.mark.parametrize("kind", MADE, **BY_PATH)
def test_field_that_is_not_for_writers_is_refused_in_a_new_row(system, kind):
    good = kind.new(system.initiative)
    taken = set(WRITABLE[kind.path].split())
    passed = []

    for name in {*_fields(kind), "version", "pk", "id"} - taken - {"days"}:
        answer = system.ask("post", f"{kind.path}/", good | {name: 1})
        if answer.status_code != 400 or name not in answer.json():
            passed.append((name, answer.status_code))

    assert passed == []


def _requests(kind, row):
    """Every address and method of a kind, with what would be right to send."""
    yield "get", kind.at(row), None
    if kind.new:
        yield "post", f"{kind.path}/", kind.new(System().initiative)
    if kind.change:
        yield "patch", kind.at(row), kind.change
    for act in kind.acts:
        yield "post", kind.at(row, act), {}


@pytest.mark.parametrize("kind", KINDS, **BY_PATH)
@pytest.mark.parametrize("scopes", ["read", "update", "read update"])
def test_token_without_manage_is_403_for_each_write(system, kind, scopes):
    row = kind.make(system.initiative)
    _token, secret = make_token(system.backbone, scopes=scopes)

    for method, path, data in _requests(kind, row):
        answer = system.ask(method, path, data, secret=secret, If_Match="*")
        assert answer.status_code == (403 if method != "get" or kind.is_inner else 200), (method, path, answer.content)
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.parametrize("kind", KINDS, **BY_PATH)
def test_manage_counts_for_the_backbone_alone(system, kind):
    row = kind.make(system.initiative)
    _token, secret = make_token(make_organization(system.initiative), scopes="read update manage")

    for method, path, data in _requests(kind, row):
        answer = system.ask(method, path, data, secret=secret, If_Match="*")
        assert answer.status_code == (403 if method != "get" or kind.is_inner else 200), (method, path, answer.content)


@pytest.mark.parametrize("kind", KINDS, **BY_PATH)
def test_without_a_token_it_is_401(system, kind):
    row = kind.make(system.initiative)

    for method, path, data in _requests(kind, row):
        answer = system.ask(method, path, data, secret="", If_Match="*")
        assert answer.status_code == (401 if method != "get" or kind.is_inner else 200), (method, path)
        assert answer.status_code == 200 or answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("kind", KINDS, **BY_PATH)
@pytest.mark.parametrize("published", [True, False])
def test_row_of_another_initiative_is_404(system, kind, published):
    other = System(published=published)
    row = kind.make(other.initiative)

    for method, path, data in _requests(kind, row):
        if path == f"{kind.path}/":
            continue
        answer = system.ask(method, path, data, If_Match="*")
        is_public = method == "get" and published and not kind.is_inner
        assert answer.status_code == (200 if is_public else 404), (method, path, answer.content)


@pytest.mark.parametrize("kind", KINDS, **BY_PATH)
def test_list_costs_the_same_for_one_and_three_rows(system, kind):
    path = f"{kind.path}/"
    kind.make(system.initiative)
    system.ask("get", path)
    one = queries_of(lambda: system.ask("get", path))

    for _row in range(2):
        kind.make(system.initiative if kind.path != "initiatives" else System().initiative)

    assert queries_of(lambda: system.ask("get", path)) == one


@pytest.mark.parametrize(("kind", "act"), ACTED, ids=str)
def test_act_answers_with_the_row_and_a_word_too_many_is_400(system, kind, act):
    row = kind.make(system.initiative)

    wrong = system.ask("post", kind.at(row, act), {"by": 1})
    right = system.ask("post", kind.at(row, act))

    assert wrong.status_code == 400
    assert right.status_code == (400 if act == "take-back" else 200), right.content
    if right.status_code == 200:
        assert right.json()["id"] == row.pk
        assert right.json() == system.ask("get", kind.at(row)).json()


@pytest.mark.parametrize(("kind", "act"), [pair for pair in ACTED if pair[0].change], ids=str)
def test_act_on_what_somebody_else_changed_is_412(system, kind, act):
    row = kind.make(system.initiative)
    seen = system.tag(kind.at(row))
    type(row).objects.filter(pk=row.pk).update(version=row.version + 1)

    assert system.ask("post", kind.at(row, act), If_Match=seen).status_code == 412
