from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from ci_backbone.lib.templatetags.look import ErrorLink, error_links

COMPONENTS = sorted((Path(settings.BASE_DIR) / "templates" / "_components").glob("*.html"))


class Trial(forms.Form):
    name = forms.CharField(help_text="As people say it.")
    answer = forms.ChoiceField(choices=[("on_track", "On track"), ("late", "Late")], widget=forms.RadioSelect)
    told = forms.BooleanField()
    hidden = forms.CharField(widget=forms.HiddenInput)


def render(source: str, **values: object) -> str:
    return Template("{% load look crispy_forms_filters %}" + source).render(Context(values))


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component_opens_with_its_arguments(path: Path) -> None:
    assert "{% comment %}" in path.read_text().splitlines()[:2]


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component_has_no_inline_style_or_script(path: Path) -> None:
    text = path.read_text()

    assert "style=" not in text
    assert "<script" not in text


def test_base_stays_short() -> None:
    assert len((Path(settings.BASE_DIR) / "templates" / "base.html").read_text().splitlines()) < 120


def test_status_fills_only_what_asks() -> None:
    late = render_to_string("_components/status.html", {"kind": "late", "text": "23 days late"})
    fine = render_to_string("_components/status.html", {"kind": "on_track"})

    assert "is-filled" in late
    assert "23 days late" in late
    assert "is-filled" not in fine
    assert "On track" in fine


def test_status_escapes_its_text() -> None:
    assert "&lt;b&gt;" in render_to_string("_components/status.html", {"kind": "late", "text": "<b>"})


def test_form_names_errors_at_the_top_and_beside_the_field() -> None:
    html = render("{{ form|crispy }}", form=Trial({"told": ""}))

    assert 'role="alert" tabindex="-1"' in html
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert '<a href="#id_answer_0">Answer: This field is required.</a>' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert "All you typed is still here." in html


def test_form_nobody_sent_has_no_summary() -> None:
    assert "error-summary" not in render("{{ form|crispy }}", form=Trial())


def test_error_links_of_several_forms_come_in_their_order() -> None:
    other = ErrorLink("Something else")

    links = error_links([Trial({"name": "A", "told": "on", "hidden": "x"}, prefix="a"), other])

    assert [link.text for link in links][-1] == "Something else"
    assert links[0].href == "#id_a-name"


def test_hidden_field_in_error_is_told_without_a_link() -> None:
    link = error_links(Trial({"name": "A", "answer": "late", "told": "on"}))[0]

    assert link == ErrorLink("Hidden: This field is required.")


def test_choices_say_what_they_show_and_draw_the_status() -> None:
    html = render('{% include "_components/field.html" with field=form.answer icons=True only %}', form=Trial())

    assert 'data-shows="on_track"' in html
    assert "tone-ok" in html
    assert "<legend>" in html


@pytest.mark.parametrize(("count", "is_long"), [(12, False), (13, True)])
def test_long_list_of_boxes_can_be_searched(count: int, is_long: bool) -> None:
    class Many(forms.Form):
        people = forms.MultipleChoiceField(
            choices=[(str(number), f"Person {number}") for number in range(count)],
            widget=forms.CheckboxSelectMultiple,
        )

    html = render('{% include "_components/field.html" with field=form.people only %}', form=Many())

    assert ('type="search"' in html, "is-long" in html) == (is_long, is_long)
    assert html.count('type="checkbox"') == count


def test_containers_hold_their_body() -> None:
    html = render('{% section title=title note="Why" id="teams" %}<p>Body</p>{% endsection %}', title="A <b>")

    assert "A &lt;b&gt;" in html
    assert "<p>Body</p>" in html
    assert 'aria-labelledby="teams-title"' in html


def test_post_button_carries_the_token() -> None:
    html = render('{% post_button "/undo/" "Undo" name="pk" value=3 %}', csrf_token="abc")

    assert 'name="csrfmiddlewaretoken" value="abc"' in html
    assert '<input type="hidden" name="pk" value="3">' in html


def test_pager_keeps_the_other_parameters() -> None:
    request = RequestFactory().get("/list/?state=late&page=2")
    html = render_to_string("_components/pager.html", {"page": Paginator(range(60), 20).page(2), "request": request})

    assert 'href="?state=late&amp;page=3"' in html
    assert "Page 2 of 3" in html


def test_mail_has_its_parts_in_order() -> None:
    html = render_to_string("mail/base.html", {"initiative": {"name": "Wisconsin", "is_demonstration": True}})

    assert html.index("Wisconsin") < html.index("<h1>") < html.index("Demonstration")


def test_plain_mail_escapes_nothing() -> None:
    assert "Children's" in render_to_string("mail/base.txt", {"initiative": {"name": "Children's"}})
