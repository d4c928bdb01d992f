"""Whatever is sent, the API answers that it is wrong, and never breaks."""

import json
from itertools import count

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.api.conftest import bearer
from tests.api.managed import CHANGED, KINDS, MADE, System
from tests.factories.partnership import make_body
from tests.walls.places import API_ACTS
from tests.walls.world import undone

pytestmark = pytest.mark.django_db

_keys = count(1)
WORDS = [
    "", " ", "\x00", "\ud800", "a" * 5000, "\u202e", "null", "1e400", "-1", "9" * 40, "<script>", "2026-02-30", "0000-00-00",
    "me@example.org", "https://example.org", "javascript:alert(1)", "read", "local", "member", "\U0001f600" * 300,
]  # fmt: skip
plain = some.one_of(
    some.none(), some.booleans(), some.integers(), some.integers(min_value=2**62, max_value=2**70),
    some.floats(allow_nan=False, allow_infinity=False), some.sampled_from(WORDS), some.text(max_size=40),
)  # fmt: skip
anything = some.recursive(
    plain, lambda one: some.lists(one, max_size=4) | some.dictionaries(some.text(max_size=8), one, max_size=4)
)
FIELDS = (
    "name kind slug code labels published backbone_organization short_name sectors level website state organization "
    "email phone notes digest_frequency wants_nudges parent charge started_on ended_on successor body role label sector "
    "end_user_group stipend support_note holder alternates term_starts_on of minimum_percent answer new_organization "
    "seat step scopes days sure also duplicate answers is_public title file id version initiative"
).split()
objects = some.dictionaries(some.sampled_from(FIELDS), anything, max_size=6)
BROKEN = [b"", b"{", b"\xff\xfe\x00", b"[" * 50_000, b'{"name": ' + b"9" * 5000 + b"}", b"NaN", b'{"a":1e999}', b"\x00"]
TYPES = [
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    "a/b; charset=q",
]


def addresses():
    """Each address of a kind, of its rows, and of what can be done to them."""
    for kind in KINDS:
        yield kind, ""
        yield kind, "row"
        for act in API_ACTS.get(kind.path.removesuffix("s").replace("bodie", "body"), "").split():
            yield kind, act


class Target:
    """One system, and one row of each kind."""

    def __init__(self):
        self.system = System()
        self.rows = {kind.path: kind.make(self.system.initiative) for kind in KINDS}
        make_body(self.system.initiative)

    def send(self, method, kind, act, body, content_type="application/json", **headers):
        """Send it, see that the answer is one, and take back what was written."""
        path = f"/api/v1/{kind.path}/" if not act else f"/api/v1/{kind.at(self.rows[kind.path])}"
        path += f"{act}/" if act not in ("", "row") else ""
        sent = bearer(self.system.secret) | {"Idempotency-Key": str(next(_keys)), "If-Match": "*"} | headers
        cache.clear()
        with undone():
            client = Client(raise_request_exception=False)
            answer = client.generic(method, path, body, content_type=content_type, headers=sent)
        assert answer.status_code < 500, (method, path, body, answer.status_code)
        assert answer.status_code != 400 or answer.json()


@pytest.fixture
def target():
    return Target()


def examples(number):
    return settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck))


PLACES = list(addresses())


@examples(100)
@given(some.sampled_from(PLACES), some.sampled_from(["POST", "PATCH", "DELETE", "PUT"]), objects)
def test_any_object_at_any_address(target, place, method, sent):
    target.send(method, *place, json.dumps(sent))


@examples(40)
@given(some.sampled_from(PLACES), some.sampled_from(["POST", "PATCH"]), anything)
def test_any_json_at_any_address(target, place, method, sent):
    target.send(method, *place, json.dumps(sent))


@pytest.mark.parametrize("content_type", TYPES)
def test_broken_bodies_and_other_types(target, content_type):
    for body in BROKEN:
        for kind in MADE:
            target.send("POST", kind, "", body, content_type)
        for kind in CHANGED:
            target.send("PATCH", kind, "row", body, content_type)


@examples(40)
@given(some.sampled_from(KINDS), some.text(max_size=20), some.text(max_size=20))
def test_any_question(target, kind, text, other):
    query = {"page": other, "page_size": text, "initiative": text, "organization": text, "body": other, "state": text,
             "role": other, "sector": text, "vacant": other, "waiting": text, "kind": text}  # fmt: skip
    cache.clear()

    answer = Client().get(f"/api/v1/{kind.path}/", query, headers=bearer(target.system.secret))

    assert answer.status_code in (200, 400, 404)


@pytest.mark.parametrize("header", ['"', '"a', "W/", '"\x7f"', "*, *", '"sector.1.1-0"', ","])
def test_any_precondition(target, header):
    for kind in CHANGED:
        target.send("PATCH", kind, "row", "{}", **{"If-Match": header})
        target.send("GET", kind, "row", "", **{"If-None-Match": header})


@pytest.mark.parametrize("pk", ["0", "-1", "9" * 18, "9" * 40, "x", "%00", "1%2F2", "١"])
def test_any_id_is_404(pk):
    system = System()

    for kind in KINDS:
        assert system.ask("get", f"{kind.path}/{pk}/").status_code == 404, kind


def test_body_that_is_too_large_is_413():
    system = System()

    for path in ("organizations/", "sectors/", "operator/deprovision/"):
        assert system.ask("post", path, {"name": "x" * 1_100_000}).status_code in (403, 413)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"name": "A2", "name": "A3"}', "name"),
        (b'{"name": "A", "sectors": [{"x": 1, "x": 1}]}', "x"),
        (b'{"\\ud800": 1, "\\ud800": 1}', "?"),
        (b'{"name": 1e999}', "detail"),
        (b'{"name": [-1e999]}', "detail"),
        (b'{"name": Infinity}', "detail"),
        (b'{"name": NaN}', "detail"),
    ],
)
def test_what_json_does_not_say_plainly_is_400(body, named):
    system = System()

    answer = system.ask("post", "organizations/", body)

    assert (answer.status_code, list(answer.json())) == (400, [named])
    assert system.initiative.organizations.count() == 1


@pytest.mark.parametrize(
    ("path", "sent", "named"),
    [
        ("initiatives/{slug}/", {"code": 1}, "code"),
        ("initiatives/{slug}/", {"slug": 12}, "slug"),
        ("initiatives/{slug}/", {"labels": {"teams": 1}}, "labels"),
        ("organizations/{pk}/", {"name": 1.5}, "name"),
        ("organizations/{pk}/", {"short_name": True}, "short_name"),
        ("organizations/{pk}/", {"website": 0}, "website"),
    ],
)
def test_text_that_is_a_number_is_400(path, sent, named):
    system = System()
    address = path.format(slug=system.initiative.slug, pk=system.backbone.pk)

    answer = system.ask("patch", address, sent, If_Match="*")

    assert (answer.status_code, answer.json()) == (400, {named: ["Not a valid string."]})


@pytest.mark.parametrize(
    ("given", "said"), [(10**17, str(10**17)), (99999999999999999999999, "999999999999999999…"), (0, "0"), (-5, "-5")]
)
def test_id_that_nobody_has_is_named_as_it_was_sent(given, said):
    answer = System().ask("post", "organizations/", {"name": "Elm", "sectors": [given]})

    assert answer.json() == {"sectors": [f"There is no such row: {said}."]}
