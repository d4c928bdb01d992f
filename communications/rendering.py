"""From the words of an occasion to a mail: templates, style attributes, headers."""

import re
from dataclasses import dataclass
from datetime import datetime
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
from communications.occasions.base import Attachment, Content, Occasion, Recipient, Shared
from partnership.models import Initiative
from partnership.services.links import Tokened

LONGEST_SUBJECT = 200
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Letter:
    """A mail in words, with marks where the tokens of links will be: what the ledger keeps."""

    subject: str
    text: str
    html: str


def language_of(recipient: Recipient, initiative: Initiative | None) -> str:
    """The reader's language, else the initiative's."""
    return recipient.language or (initiative.language if initiative else "") or settings.LANGUAGE_CODE


def written(
    message: Message, occasion: Occasion, recipient: Recipient, now: datetime, shared: Shared
) -> tuple[Letter, Content]:
    """A message in words, as things stand at `now`, in its reader's language. Writes nothing down."""
    with translation.override(language_of(recipient, message.initiative)):
        content = occasion.compose(message, now, shared)
        return letter(occasion, message.initiative, recipient, content), content


def letter(occasion: Occasion, initiative: Initiative | None, recipient: Recipient, content: Content) -> Letter:
    """Render the templates of a kind, in the language that is active."""
    subject = one_line(content.subject)[:LONGEST_SUBJECT]
    context = {
        "initiative": initiative,
        "reader": recipient,
        "language": translation.get_language(),
        "public_base_url": settings.PUBLIC_BASE_URL,
        "subject": subject,
        "subscription_url": links.subscription_url(),
        **content.context,
    }
    html = render_to_string(f"mail/{occasion.kind}.html", context)
    text = render_to_string(f"mail/{occasion.kind}.txt", context)
    kept = (links.marked(tidy(text)), links.marked(_inliner.inline(html)))
    return Letter(subject, *(part.replace("\x00", "") for part in kept))


def tidy(text: str) -> str:
    """Plain text without the gaps that template tags leave: one empty line at most, none at the ends."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def mail(
    message: Message,
    occasion: Occasion,
    written: Letter,
    recipient: Recipient,
    content: Content,
    made: dict[str, Tokened],
) -> EmailMultiAlternatives:
    """The mail as it leaves, with the real links. Its Message-ID is the ledger's, however often it is built."""
    initiative = message.initiative
    sender = sender_of(initiative.name) if initiative else settings.DEFAULT_FROM_EMAIL
    built = EmailMultiAlternatives(
        subject=written.subject,
        body=links.filled(written.text, made),
        # Reports of failed delivery go to the sender of the envelope, readers see the one of the letter.
        from_email=settings.BOUNCE_ADDRESS or sender,
        to=[recipient.email],
        reply_to=[initiative.contact_email] if initiative else [],
        headers={"From": sender, "Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )
    if occasion.stops:
        address = links.filled(links.marked(links.subscription_url(occasion.stops)), made)
        built.extra_headers |= {
            "List-Unsubscribe": f"<{address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    built.attach_alternative(links.filled(written.html, made), "text/html")
    for attachment in content.attachments:
        built.attach(calendar_part(attachment))
    # For providers that tell of bounces by what we gave them.
    built.metadata = {"message_id": message.message_id}
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
