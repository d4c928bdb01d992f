from datetime import date

import pytest
from django import forms
from django.utils import translation

from ci_backbone.lib.versions import Conflict, VersionedForm, in_words, save_edit
from partnership.models import Organization
from tests.factories.partnership import make_organization, make_sector

pytestmark = pytest.mark.django_db


class LevelForm(VersionedForm):
    class Meta:
        model = Organization
        fields = ["name", "level", "sectors"]


def test_save_edit_counts_versions_and_refuses_an_old_one():
    organization = make_organization()

    first = save_edit(organization, seen=1, fields={"name": "First"})

    assert (first.version, first.name) == (2, "First")
    with pytest.raises(Conflict) as caught:
        save_edit(organization, seen=1, fields={"name": "Second"})
    assert caught.value.current.name == "First"


def test_form_of_a_new_row_has_no_version():
    assert "version" not in LevelForm().fields


def test_form_leaves_the_row_on_the_page_as_it_is_saved():
    organization = make_organization(name="Saved")

    form = LevelForm({"name": "Typed", "version": 1}, instance=organization)

    assert form.is_valid()
    assert organization.name == "Saved"
    assert form.fields_to_save["name"] == "Typed"


def test_conflict_shows_only_what_differs_in_words():
    organization = make_organization(name="Same", level="local")
    mine, theirs = (make_sector(organization.initiative, name=name) for name in ("Mine", "Theirs"))
    organization.sectors.add(theirs)
    form = LevelForm({"name": "Same", "level": "state", "sectors": [mine.pk], "version": 1}, instance=organization)

    assert form.is_valid()
    form.show_conflict(Organization.objects.get())

    found = [(pair.label, pair.yours, pair.theirs) for pair in form.differences]
    assert found == [("Level", "State", "Local"), ("Sectors", "Mine", "Theirs")]
    assert form.is_conflict


def test_values_read_as_people_write_them():
    with translation.override("en-us"):
        words = [
            in_words(forms.DateField(), date(2026, 3, 31)),
            in_words(forms.BooleanField(), True),
            in_words(forms.CharField(), None),
            in_words(forms.IntegerField(), 0),
            in_words(forms.ChoiceField(choices=[("Group", [("a", "First")])]), "a"),
        ]

    assert words == ["31 March 2026", "Yes", "", "0", "First"]
