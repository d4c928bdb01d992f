"""The forms of a page as a browser sees them: where they go, and what their fields are called and hold."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

# Sent by the browser without anybody typing it.
TYPELESS = {"hidden", "submit", "button", "reset", "image"}
TICKED = {"checkbox", "radio"}
# A browser never fills it in again: whoever sends a form once more chooses the file once more.
CHOSEN = {"file"}


@dataclass
class PageForm:
    """A form that posts. `data` is what a browser would send for it untouched."""

    action: str
    data: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    # Where people write: text inputs and areas.
    written: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: dict[str, PageForm] = {}
        self.current: PageForm | None = None
        self.loose: list[tuple[str, str, dict[str, str]]] = []
        self.area = self.choice = ""
        self.text: list[str] = []
        self.options: list[tuple[str, bool]] = []
        self.takes_many = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            form = PageForm(found.get("action") or self.url)
            self.current = form if found.get("method", "").lower() == "post" else None
            if self.current:
                self.forms[found.get("id") or f"form {len(self.forms)}"] = form
        elif tag in ("input", "button", "textarea", "select") and found.get("name"):
            self._take(tag, found)
        elif tag == "option":
            self.options.append((found.get("value", ""), "selected" in found))

    def _take(self, tag: str, found: dict[str, str]) -> None:
        form = self.forms.get(found["form"]) if "form" in found else self.current
        if form is None:
            return
        name, kind = found["name"], found.get("type", "text") if tag == "input" else tag
        form.names.append(name)
        if tag == "textarea":
            self.area, self.text = name, []
            form.written.append(name)
        elif tag == "select":
            self.choice, self.options, self.takes_many = name, [], "multiple" in found
        elif tag == "input" and kind not in TYPELESS | TICKED | CHOSEN:
            form.written.append(name)
            form.data.setdefault(name, []).append(found.get("value", ""))
        elif kind == "hidden" or (kind in TICKED and "checked" in found):
            form.data.setdefault(name, []).append(found.get("value", "on" if kind in TICKED else ""))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self.current is None:
            return
        if tag == "textarea" and self.area:
            self.current.data[self.area] = ["".join(self.text).removeprefix("\n")]
            self.area = ""
        elif tag == "select" and self.choice:
            chosen = [value for value, selected in self.options if selected]
            first = [] if self.takes_many else [value for value, _selected in self.options[:1]]
            self.current.data[self.choice] = chosen or first
            self.choice = ""
        elif tag == "form":
            self.current = None


def forms_of(html: str, url: str) -> list[PageForm]:
    """The forms of a page that post, without those that end the session."""
    reader = _Reader(url)
    reader.feed(html)
    return [form for form in reader.forms.values() if not form.action.startswith("/accounts/logout")]


def bound_forms(answer: Any) -> list[Any]:
    """Django's forms that the page was made with, those inside other forms as well."""
    found: dict[int, Any] = {}
    for context in answer.context or []:
        for layer in context.dicts if hasattr(context, "dicts") else [context]:
            for value in layer.values():
                if hasattr(value, "fields") and hasattr(value, "is_valid"):
                    found[id(value)] = value
    return list(found.values())
