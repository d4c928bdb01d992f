"""Tags of the look: shapes, containers with a body, and the small things that components need.

Containers take their body between the tags, everything else by name:

    {% section title=_("Teams") note=_("Each shape is one action item.") %} … {% endsection %}
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from ci_backbone.lib import shapes

register = template.Library()


@register.simple_tag
def icon(kind: str, *, size: int = shapes.BOX, tone: str | None = None) -> SafeString:
    """`{% icon "on-track" %}`: the shape alone. Put its word beside it."""
    return shapes.svg(kind, size=size, tone=tone)


@register.filter
def shape_word(kind: str) -> str:
    """The word that belongs to a status shape: "on-track" gives "On track"."""
    return str(shapes.find(kind).word)


@register.filter
def shape_tone(kind: str) -> str:
    """The tone of a status shape: ok, warn, bad, accent, ink or quiet."""
    return shapes.find(kind).tone


@register.filter
def asks(kind: str) -> bool:
    """Whether a status asks something of the reader, so that its badge is filled."""
    return shapes.find(kind).asks


def _container(name: str, content: str, **values: Any) -> SafeString:
    return render_to_string(f"_components/{name}.html", {"content": content, **values})


@register.simple_block_tag
def section(
    content: str,
    *,
    title: str,
    note: str = "",
    id: str = "",  # noqa: A002  # Named as in HTML.
    wide: bool = False,
) -> SafeString:
    """A hairline, a side heading with one explaining line, and the body; `wide` puts the heading on top."""
    return _container("section", content, title=title, note=note, id=id, wide=wide)


@register.simple_block_tag
def crumbs(content: str) -> SafeString:
    """Where the page stands; the body is list items: links to the pages above, then what this page is."""
    return _container("breadcrumbs", content)


@register.simple_block_tag
def pane(content: str, *, title: str = "", text: str = "", row: bool = False) -> SafeString:
    """The one offer of a page, on paper; the body is its buttons. `row` sets them at the end of the line."""
    return _container("pane", content, title=title, text=text, row=row)


@register.simple_block_tag
def note(content: str, *, tone: str = "accent", title: str = "") -> SafeString:
    """A remark with a rule at its side; tone accent, warn or bad."""
    return _container("note", content, tone=tone, title=title)


@register.simple_block_tag
def empty(content: str, *, title: str, text: str = "") -> SafeString:
    """What belongs in an empty place; the body is the first step (filled) and a second one (outlined)."""
    return _container("empty", content, title=title, text=text)


@register.simple_block_tag
def question(content: str, *, title: str, answer: str) -> SafeString:
    """One question with its answer; three stand in a `<div class="questions">`."""
    return _container("question", content, title=title, answer=answer)


@register.simple_block_tag
def chart_figure(content: str, *, chart: str, caption: str, rules: str = "", table_title: str = "") -> SafeString:
    """A drawing, its caption (one bold sentence, then unit and rules), and its table as the body."""
    return _container("chart_figure", content, chart=chart, caption=caption, rules=rules, table_title=table_title)


@register.simple_block_tag
def todo_group(content: str, *, title: str, count: int) -> SafeString:
    """A heading with its count above rows of `{% todo %}`."""
    return _container("todo_group", content, title=title, count=count)


@register.simple_block_tag
def todo(content: str, *, kind: str, title: str, detail: str = "", url: str = "", word: str = "") -> SafeString:
    """One thing to do; the body is its buttons. `word` is what the shape means, for screen readers."""
    return _container("todo", content, kind=kind, title=title, detail=detail, url=url, word=word)


@register.inclusion_tag("_components/post_button.html")
def post_button(
    url: str,
    text: str,
    *,
    kind: str = "",
    small: bool = False,
    name: str = "",
    value: str = "",
    hint: str = "",
) -> dict[str, Any]:
    """A form of one button that posts to `url`; kind filled, destructive, link or "" for outlined.

    `name` and `value` go along as a hidden field; `hint` is read by screen readers after the text.
    """
    return {"url": url, "text": text, "kind": kind, "small": small, "name": name, "value": value, "hint": hint}


@dataclass(frozen=True)
class ErrorLink:
    """One line of an error summary; `href` is empty where no field is to blame."""

    text: str
    href: str = ""


@register.filter
def error_links(source: BaseForm | BaseFormSet | Iterable[Any] | None) -> list[ErrorLink]:
    """What is wrong in a form, a formset or several of them, in the order of the page.

    Ready `ErrorLink`s among them are passed through.
    """
    if source is None:
        return []
    if isinstance(source, ErrorLink):
        return [source]
    if isinstance(source, BaseForm):
        return _links_of_form(source)
    if isinstance(source, BaseFormSet):
        whole = [ErrorLink(str(error)) for error in source.non_form_errors()]
        return whole + error_links(list(source.forms))
    return [link for part in source for link in error_links(part)]


def _links_of_form(form: BaseForm) -> list[ErrorLink]:
    if not form.is_bound:
        return []
    links = [ErrorLink(str(error)) for error in form.non_field_errors()]
    for field in form:
        href = "" if field.is_hidden else f"#{first_input(field)}"
        links += [ErrorLink(f"{field.label}: {error}", href) for error in field.errors]
    return links


@register.filter
def first_input(field: BoundField) -> str:
    """The id of the first thing in a field that takes focus."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def error_heading(count: int) -> str:
    """The heading of an error summary."""
    return ngettext("%(count)s answer needs another look", "%(count)s answers need another look", count) % {
        "count": count
    }


@register.filter
def widget_kind(field: BoundField) -> str:
    """How a field is drawn: radio, checkboxes, checkbox, hidden or plain."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    kinds = {"radio": "radio", "checkbox": "checkbox"}
    kind = kinds.get(getattr(widget, "input_type", ""), "plain")
    return "checkboxes" if kind == "checkbox" and hasattr(widget, "subwidgets") and _has_choices(widget) else kind


def _has_choices(widget: Any) -> bool:
    return hasattr(widget, "choices")


@register.filter
def page_numbers(page: Page) -> list[int | str]:
    """The numbers to offer in a pager, with "…" for what is left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
