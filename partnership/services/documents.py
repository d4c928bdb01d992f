"""Documents of a body: checked when they come in, kept under a name that nobody can guess, removed and restored."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.uploads import Checked
from partnership.models import Body, Document, User

# So many letters fit into a row of history.
LONGEST_REASON = 100


class FileDeleted(Exception):
    """The file of a document was deleted for good: nothing can be brought back."""

    def __init__(self) -> None:
        super().__init__(_("The file of this document was deleted for good, so it cannot be brought back."))


class NotRemoved(Exception):
    """Only the file of a removed document can be deleted."""

    def __init__(self) -> None:
        super().__init__(_("Remove the document first. Then its file can be deleted for good."))


def add_document(*, body: Body, title: str, checked: Checked, is_public: bool, by: User | None) -> Document:
    """Keep a file that was looked into.

    It is written before the row, outside of its transaction; where the row cannot be saved, the file goes again.
    """
    document = Document(
        initiative=body.initiative,
        body=body,
        title=title,
        filename=checked.filename,
        content_type=checked.content_type,
        size=len(checked.content),
        sha256=hashlib.sha256(checked.content).hexdigest(),
        is_public=is_public,
        added_by=by,
    )
    document._history_user = by
    field: Any = Document._meta.get_field("file")
    storage = field.storage
    name = storage.save(field.generate_filename(document, checked.filename), ContentFile(checked.content))
    document.file.name = name
    try:
        with transaction.atomic():
            document.save()
    except BaseException:
        storage.delete(name)
        raise
    return document


@transaction.atomic
def remove_document(*, document: Document, by: User | None) -> Document:
    """Let nobody read a document any more; its file stays, to be restored or deleted. A second time changes nothing."""
    return _change(document, by, removed_at=timezone.now(), removed_by=by)


@transaction.atomic
def restore_document(*, document: Document, by: User | None) -> Document:
    """Let a removed document be read again. Raises FileDeleted."""
    if not Document.objects.select_for_update().get(pk=document.pk).file:
        raise FileDeleted
    return _change(document, by, removed_at=None, removed_by=None)


@transaction.atomic
def delete_file(*, document: Document, by: User | None) -> Document:
    """Delete the file of a removed document for good; its row and history stay. A second time changes nothing.

    The file goes once the row is saved. Raises NotRemoved.
    """
    current = Document.objects.select_for_update().get(pk=document.pk)
    if current.removed_at is None:
        raise NotRemoved
    if not current.file:
        return current
    storage, name = current.file.storage, current.file.name
    current.file = ""
    current._history_user = by
    current._change_reason = _("The file was deleted for good.")[:LONGEST_REASON]
    current.save()
    transaction.on_commit(lambda: storage.delete(name))
    return current


@transaction.atomic
def show_document(*, document: Document, is_public: bool, by: User | None) -> Document:
    """Let the public read a document, or only those who take part."""
    return _change(document, by, is_public=is_public)


def _change(document: Document, by: User | None, **fields: Any) -> Document:
    current = Document.objects.select_for_update().get(pk=document.pk)
    if bool(fields.get("removed_at")) == bool(current.removed_at) and "removed_at" in fields:
        return current
    if fields.get("is_public") == current.is_public:
        return current
    for name, value in fields.items():
        setattr(current, name, value)
    current._history_user = by
    current.save()
    return current
