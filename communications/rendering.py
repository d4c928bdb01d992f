"""From the words of an occasion to a mail: templates, style attributes, headers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.utils import formataddr, parseaddr

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from ci_backbone.lib.fields import one_line
from communications.models import Message
from communications.occasions import links
from communications.occasions.base import Attachment, Content, Occasion

LONGEST_SUBJECT = 200
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Letter:
    """A mail in words, with marks where the tokens of links will be: what the ledger keeps."""

    subject: str
    text: str
    html: str


def language_of(message: Message) -> str:
    """The reader's language, else the initiative's."""
    own = message.contact.language if message.contact else ""
    return own or (message.initiative.language if message.initiative else "") or settings.LANGUAGE_CODE


@contextmanager
def in_language_of(message: Message) -> Iterator[None]:
    with translation.override(language_of(message)):
        yield


def letter(message: Message, content: Content) -> Letter:
    """Render the templates of the message's kind, in the language that is active."""
    subject = one_line(content.subject)[:LONGEST_SUBJECT]
    context = {
        "initiative": message.initiative,
        "contact": message.contact,
        "language": translation.get_language(),
        "public_base_url": settings.PUBLIC_BASE_URL,
        "subject": subject,
        **content.context,
    }
    html = render_to_string(f"mail/{message.kind}.html", context)
    text = render_to_string(f"mail/{message.kind}.txt", context)
    return Letter(subject=subject, text=links.marked(tidy(text)), html=links.marked(_inliner.inline(html)))


def tidy(text: str) -> str:
    """Plain text without the gaps that template tags leave: one empty line at most, none at the ends."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def mail(message: Message, occasion: Occasion, content: Content, written: Letter) -> EmailMultiAlternatives:
    """The mail as it leaves, with the real links. Its Message-ID is the ledger's, however often it is built."""
    assert message.initiative is not None
    assert message.contact is not None
    built = EmailMultiAlternatives(
        subject=written.subject,
        body=links.filled(written.text, content.links),
        from_email=sender_of(message.initiative.name),
        to=[message.contact.email],
        reply_to=[message.initiative.contact_email],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )
    if occasion.has_unsubscribe:
        address = links.filled(links.marked(links.subscription_url()), content.links)
        built.extra_headers |= {
            "List-Unsubscribe": f"<{address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    built.attach_alternative(links.filled(written.html, content.links), "text/html")
    for attachment in content.attachments:
        built.attach(calendar_part(attachment))
    return built


def sender_of(name: str) -> str:
    """The installation's address under the initiative's name, so that readers see who writes."""
    _own_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((one_line(name), address))


def calendar_part(attachment: Attachment) -> MIMEBase:
    part = MIMEBase("text", "calendar", method=attachment.method, charset="utf-8", name=attachment.name)
    part.set_payload(attachment.content)
    # As it is: the lines of a calendar end in CR LF, which a text part would lose.
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    return part
