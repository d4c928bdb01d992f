"""What would follow if two organizations became one."""

from dataclasses import dataclass

from partnership.models import Contact, Membership, Organization, User
from partnership.services.merging import (
    Collision,
    Question,
    collisions_of,
    field_questions,
    keys_to,
    lists_of,
    references,
    words_for,
)


@dataclass(frozen=True)
class Follows:
    """So many rows of one kind follow to the organization that stays."""

    words: str
    count: int


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do: what follows, what collides, what a person has to decide, and who sees more after it."""

    survivor: Organization
    duplicate: Organization
    follows: list[Follows]
    collisions: list[Collision]
    questions: list[Question]
    # People with access to one of both, who will see and answer for the items of both.
    people: list[User]
    # People we write to with links of their own, who will too.
    contacts: int

    @property
    def settled(self) -> list[Collision]:
        """Pairs of which both say the same: one stays, and nobody is asked."""
        return [pair for pair in self.collisions if not pair.asks and pair.title]


def preview_of(survivor: Organization, duplicate: Organization) -> MergePreview:
    """Everything that names the duplicate, counted; the number of queries depends on the models alone."""
    pairs = collisions_of(survivor, duplicate)
    rows = [
        Follows(words_for(field.model), field.model._base_manager.filter(**{field.name: duplicate}).count())
        for field in (*keys_to(Organization), *lists_of(Organization))
    ]
    ids = [Follows(str(one.words), one.count(duplicate)) for one in references() if one.words]
    access = Membership.objects.current().filter(organization__in=[survivor, duplicate], role=Membership.Role.PARTNER)
    return MergePreview(
        survivor=survivor,
        duplicate=duplicate,
        follows=sorted((one for one in [*rows, *ids] if one.count), key=lambda one: one.words),
        collisions=pairs,
        questions=[*field_questions(survivor, duplicate), *(pair.question() for pair in pairs if pair.asks)],
        people=list(User.objects.filter(pk__in=access.values("user"))),
        contacts=Contact.objects.reachable().filter(organization__in=[survivor, duplicate]).count(),
    )
