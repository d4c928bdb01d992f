"""Links without account in mails: their address is filled in when the mail leaves, and never stored."""

import secrets
from collections.abc import Mapping
from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from ci_backbone.lib.clock import local_date
from ci_backbone.lib.periods import Quarter
from partnership.models import AccessLink, Contact
from partnership.services.links import KeyIsGone, Tokened, expiry_of, issue_link, live_link, path_of, token_of

# Stands in the text where the token will be; "~" is not escaped in addresses.
MARK = "~link~"
UPDATE, SUBSCRIPTION, JOIN, ENTRY = "u", "s", "j", "in"
# The same while a mail is written: nobody knows it, so nobody can type it and be sent a reader's token.
_DRAFT = f"~{secrets.token_hex(16)}~"


def update_link(contact: Contact, quarter: Quarter) -> AccessLink:
    return issue_link(contact=contact, purpose=AccessLink.Purpose.UPDATE, quarter=quarter)


def update_link_ends(contact: Contact, quarter: Quarter) -> date:
    """The last day of the contact's link for a quarter, whether it stands already or is made with the mail."""
    zone = contact.initiative.time_zone
    link = live_link(contact, AccessLink.Purpose.UPDATE, quarter)
    ends = link.last_day(zone) if link else None
    # A link ends with the first instant after its last day.
    return ends or local_date(expiry_of(contact, quarter) - timedelta(microseconds=1), zone)


def subscription_link(contact: Contact) -> AccessLink:
    """The contact's own; looked up without a lock first, since nearly every reader of a digest has one."""
    link = live_link(contact, AccessLink.Purpose.SUBSCRIPTION)
    try:
        if link and token_of(link):
            return link
    except KeyIsGone:
        pass
    return issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)


def update_url(page: str = "") -> str:
    """The address of the contact's update page, or of a `page` below it, with a mark for the token."""
    return f"{settings.PUBLIC_BASE_URL}/{UPDATE}/{_DRAFT}/{page}"


def subscription_url(stops: str = "") -> str:
    """The address of the contact's page of choices; with what it `stops`, the one that a mail program posts to."""
    address = f"{settings.PUBLIC_BASE_URL}/{SUBSCRIPTION}/{_DRAFT}/"
    return f"{address}{stops}/" if stops else address


def join_url() -> str:
    """The address of the page that confirms a request to take part."""
    return f"{settings.PUBLIC_BASE_URL}/{JOIN}/{_DRAFT}/"


def entry_url() -> str:
    """The address of the page that signs in, or accepts an invitation."""
    return f"{settings.PUBLIC_BASE_URL}/{ENTRY}/{_DRAFT}/"


def marked(text: str) -> str:
    """Return a written `text` as the ledger keeps it: marks where we put links, and none that people typed."""
    return text.replace(MARK, MARK.strip("~")).replace(_DRAFT, MARK)


def filled(text: str, links: Mapping[str, Tokened]) -> str:
    """Return `text` with the real addresses of `links`, which go by "u", "s", "j" and "in"."""
    for place, link in links.items():
        text = text.replace(f"/{place}/{MARK}/", path_of(link))
    return text


def masked(text: str) -> str:
    """Return `text` as people may see it who must not be able to act for its reader."""
    return text.replace(MARK, _("hidden"))
