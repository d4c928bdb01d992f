"""The order of the apps where import-linter cannot see it: in strings, in templates and in the database."""

import pytest

from tests.rig import layers

LOWER = [app for app in layers.ORDER if app not in layers.TOP]


def test_no_foreign_key_points_up() -> None:
    assert layers.keys_pointing_up() == []


@pytest.mark.parametrize("app", LOWER)
def test_python_of_an_app_names_no_higher_one(app: str) -> None:
    accessors, higher = layers.names_from_above(app), layers.above(app)

    found = [
        f"{path.relative_to(layers.ROOT)}:{finding}"
        for path in layers.python_files(app)
        for finding in layers.upward_in_python(path.read_text(encoding="utf-8"), accessors, higher)
    ]

    assert found == []


@pytest.mark.parametrize("app", LOWER)
def test_templates_of_an_app_name_no_higher_one(app: str) -> None:
    accessors, higher = layers.names_from_above(app), layers.above(app)

    found = [
        f"{path.relative_to(layers.ROOT)}: {finding}"
        for path in layers.templates(app)
        if path.is_file()
        for finding in layers.upward_in_template(path.read_text(encoding="utf-8"), accessors, higher)
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'organization.commitments.filter(status="open")',
        'Organization.objects.prefetch_related("commitments__item")',
        "Organization.objects.filter(commitments__item=None)",
        'Organization.objects.annotate(n=Count("commitments"))',
        'reverse("teams:team-list")',
    ],
)
def test_a_line_that_looks_up_is_found(line: str) -> None:
    assert layers.upward_in_python(line, {"commitments"}, {"teams"}) != []


@pytest.mark.parametrize(
    "line", ["counts.commitments", "Q(name='x')", "annotate(commitments=Value(1))", 'print("teams: five")']
)
def test_a_harmless_line_is_not_found(line: str) -> None:
    assert layers.upward_in_python(line, {"commitments"}, {"teams"}) == []


@pytest.mark.parametrize(
    "markup",
    [
        "<a href=\"{% url 'teams:team-list' %}\">",
        '{% include "teams/_row.html" %}',
        "{% for row in organization.commitments.all %}",
    ],
)
def test_markup_that_looks_up_is_found(markup: str) -> None:
    assert layers.upward_in_template(markup, {"commitments"}, {"teams"}) != []
