"""Every form that posts with a session brings the token that Django asks for."""

import pytest
from django.test import Client

from teams.models import ActionPlan
from tests.walls.conftest import signed_in
from tests.walls.forms import forms_of
from tests.walls.places import ACT, FILE, OF_SUBSCRIPTION, PLACES, ROLES
from tests.walls.world import World

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

# The token in an address is what counts; the gallery's forms go nowhere.
EXEMPT = OF_SUBSCRIPTION | {"styleguide"}


@pytest.mark.parametrize("role", ROLES)
def test_form_brings_its_token(here: World, role: str):
    client, without = signed_in(here, role), []

    for place in PLACES:
        if place.what in (ACT, FILE) or place.name in EXEMPT:
            continue
        url = place.url(here)
        answer = client.get(url)
        if answer.status_code == 200:
            forms = forms_of(answer.content.decode(), url)
            without += [f"{place.name}: {form.action}" for form in forms if "csrfmiddlewaretoken" not in form.names]

    assert without == []


def test_published_plan_is_taken_back_by_its_button(here: World):
    client = Client(enforce_csrf_checks=True)
    client.force_login(here.staff)
    page = client.get(here.plan.get_absolute_url()).content.decode()

    form = next(form for form in forms_of(page, "") if form.action.endswith("/unpublish/"))
    client.post(form.action, form.data)

    assert ActionPlan.objects.get(pk=here.plan.pk).state == "draft"
