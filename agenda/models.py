from django.db import models
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models import Initiative
from partnership.models.initiatives import OfInitiativeQuerySet


class CommonAgenda(Versioned):
    """What all partners aim for, in words that they agreed on."""

    initiative = models.OneToOneField(Initiative, models.PROTECT, related_name="agenda")
    problem = models.TextField(_("the problem and who is affected"), max_length=4000, blank=True)
    vision = models.TextField(_("vision"), max_length=2000, blank=True)

    personal = Personal(what=_("Common agendas"), text=["problem", "vision"])

    history = Recorded()
    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["initiative"]

    def __str__(self) -> str:
        return str(_("Common agenda of %(initiative)s")) % {"initiative": self.initiative}


class Value(models.Model):
    """One of the values that the partners hold to."""

    agenda = models.ForeignKey(CommonAgenda, models.PROTECT, related_name="values")
    text = LineField(_("value"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(what=_("Values"), text=["text"])

    history = Recorded()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text
