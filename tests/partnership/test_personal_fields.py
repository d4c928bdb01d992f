"""Every field that could tell of a person says what it has to do with one, and a check finds one that does not."""

import pytest
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from ci_backbone.lib.personal import Personal, all_models, declared_models, fields_to_declare, personal_of
from ci_backbone.privacy_checks import every_field_is_classified, misdeclared, unclassified
from partnership.models import Contact

KINDS = (
    models.CharField(max_length=9),
    models.TextField(),
    models.EmailField(),
    models.URLField(),
    models.SlugField(),
    models.JSONField(),
    models.FileField(),
    models.ImageField(),
    models.BinaryField(),
    models.GenericIPAddressField(),
    models.DateField(),
    models.DecimalField(max_digits=9, decimal_places=2),
    models.FloatField(),
    models.IntegerField(),
    models.BigIntegerField(),
    models.UUIDField(),
)
TELLING_NOTHING = (
    models.BooleanField(),
    models.DateTimeField(),
    models.TimeField(),
    models.PositiveSmallIntegerField(),
    models.ForeignKey(Contact, models.PROTECT, related_name="+"),
)


def test_every_field_of_every_model_is_classified():
    assert every_field_is_classified() == []
    assert [one for one in run_checks() if one.id and one.id.startswith("ci_backbone.E01")] == []


def test_models_of_libraries_and_histories_are_looked_at():
    labels = {model._meta.label for model, _declared in declared_models()}

    assert {"account.EmailAddress", "mfa.Authenticator", "socialaccount.SocialAccount"} <= labels
    assert "partnership.HistoricalContact" in labels
    assert all(personal_of(model) for model in all_models() if list(fields_to_declare(model)))


@pytest.mark.parametrize("field", KINDS, ids=lambda field: type(field).__name__)
def test_a_field_that_is_not_classified_is_found(field: models.Field):
    assert [error.id for error in unclassified(make_model(field.clone(), Personal()))] == ["ci_backbone.E010"]
    assert list(unclassified(make_model(field.clone(), Personal(text=["said"])))) == []


@pytest.mark.parametrize("field", TELLING_NOTHING, ids=lambda field: type(field).__name__)
def test_a_field_that_tells_nothing_needs_no_word(field: models.Field):
    assert list(unclassified(make_model(field.clone(), None))) == []


def test_a_model_without_a_declaration_is_found():
    assert [error.id for error in unclassified(make_model(models.TextField(), None))] == ["ci_backbone.E010"]


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (Personal(text=["said", "gone"]), "ci_backbone.E011"),
        (Personal(text=["said"], person=["nobody"]), "ci_backbone.E011"),
        (Personal(text=["said"], plain=["said"]), "ci_backbone.E012"),
        (Personal(names=["said"]), "ci_backbone.E013"),
        (Personal(text=["said"], goes=True), "ci_backbone.E013"),
    ],
)
def test_a_wrong_declaration_is_found(declared: Personal, found: str):
    assert [error.id for error in misdeclared(make_model(models.TextField(), declared))] == [found]


def make_model(field: models.Field, declared: Personal | None) -> type[models.Model]:
    with isolate_apps("partnership"):

        class Said(models.Model):
            said = field
            personal = declared

            class Meta:
                app_label = "partnership"

    return Said


def test_what_describes_a_contact_is_personal():
    declared = Contact.personal

    assert set(declared.describing) >= {"name", "email", "phone", "notes"}
