"""What is wrong with a page as Chromium shows it."""

from typing import TYPE_CHECKING

from tests.rig import browser as rig

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

WIDE, PHONE, SMALLEST = 1280, 390, 320
# The page of Swagger is drawn by its own script from its own markup; the schema beside it says the same in text.
NOT_OURS = {"/api/v1/docs/": "#swagger-ui"}


class Console:
    """Errors that the browser reports while pages load; what the policy refuses is among them."""

    def __init__(self, page: "Page") -> None:
        self.errors: list[str] = []
        page.on("console", self._take)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _take(self, message: "ConsoleMessage") -> None:
        page = message.page
        of_page_itself = page is not None and message.location.get("url") == page.url
        if message.type == "error" and not (of_page_itself and "Failed to load resource" in message.text):
            self.errors.append(message.text)

    def drained(self) -> list[str]:
        found, self.errors = self.errors, []
        return found


def problems(page: "Page", *, scheme: str = "light") -> list[str]:
    """Everything wrong with the page that stands open, at three widths."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    if theirs := part_of_others(page):
        page.locator(f"{theirs} h1").wait_for()
    found = skeleton(page)
    for width in (WIDE, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {violation}" for violation in violations(page)] + scrolls(page, width)
    page.set_viewport_size({"width": SMALLEST, "height": 900})
    found += scrolls(page, SMALLEST)
    page.set_viewport_size({"width": WIDE, "height": 900})
    return found


def skeleton(page: "Page") -> list[str]:
    """What every page has: a language, a title of its own and one first heading."""
    found = []
    if not page.locator("html").get_attribute("lang"):
        found.append("no language")
    if page.title().strip(" –") in ("", "CI Backbone") or page.title().startswith(" –"):
        found.append(f"no title of its own: {page.title()!r}")
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"{headings} first headings")
    return found


def part_of_others(page: "Page") -> str:
    """What axe leaves out on the page, or nothing."""
    return NOT_OURS.get(page.evaluate("location.pathname"), "")


def violations(page: "Page") -> list[str]:
    """What axe-core finds, without what is not ours."""
    page.evaluate(rig.AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "([rules, without]) => axe.run({include: [['html']], exclude: without ? [[without]] : []},"
        " {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})",
        [rig.RULES, part_of_others(page)],
    )
    return [
        f"{one['id']}: " + "; ".join(f"{node['target']} {node['html'][:120]}" for node in one["nodes"][:3])
        for one in result["violations"]
    ]


def scrolls(page: "Page", width: int) -> list[str]:
    """The widest thing, if the page can be pushed sideways."""
    wide = page.evaluate(
        """() => {
            const root = document.documentElement;
            if (root.scrollWidth <= root.clientWidth) return "";
            const over = [...document.querySelectorAll("body *")].filter(
                (one) => one.getBoundingClientRect().right > root.clientWidth + 1);
            return over.slice(-1).map((one) => one.outerHTML.slice(0, 160)).join() || "something";
        }"""
    )
    return [f"{width}: scrolls sideways: {wide}"] if wide else []
