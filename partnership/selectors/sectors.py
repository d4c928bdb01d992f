"""Which parts of society take part, and which are missing."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from partnership.models import Initiative, Organization, Sector

# Without these two, an initiative has neither the employers nor those who make the rules.
LOOKED_FOR = (Sector.Kind.CORPORATE, Sector.Kind.GOVERNMENT)


@dataclass(frozen=True)
class MissingKind:
    """A part of society from which nobody takes part; `sectors` are those of the initiative that belong to it."""

    kind: Sector.Kind
    sectors: tuple[Sector, ...]

    @property
    def label(self) -> str:
        return str(self.kind.label)


@dataclass(frozen=True)
class SectorCheck:
    """What an initiative lacks: kinds that are looked for, and its own sectors without an active organization."""

    missing: tuple[MissingKind, ...]
    empty: tuple[Sector, ...]
    total: int
    # Whether anybody beside the backbone is listed: before that, everybody is missing.
    has_partners: bool

    @property
    def is_fine(self) -> bool:
        return not self.missing and not self.empty

    @property
    def is_shown(self) -> bool:
        """Whether there is something to warn of."""
        return self.has_partners and not self.is_fine

    @property
    def missing_words(self) -> str:
        return ", ".join(one.label for one in self.missing)


def sector_check(initiative: Initiative) -> SectorCheck:
    """Hold the active organizations against the sectors; two queries."""
    active = Organization.objects.active().filter(sectors=OuterRef("pk"))
    sectors = list(initiative.sectors.annotate(has_somebody=Exists(active)))
    present = {sector.kind for sector in sectors if sector.has_somebody}
    missing = tuple(
        MissingKind(kind, tuple(sector for sector in sectors if sector.kind == kind))
        for kind in LOOKED_FOR
        if kind not in present
    )
    empty = tuple(sector for sector in sectors if not sector.has_somebody)
    has_partners = initiative.organizations.filter(~Q(pk=initiative.backbone_id)).exists()
    return SectorCheck(missing=missing, empty=empty, total=len(sectors), has_partners=has_partners)
