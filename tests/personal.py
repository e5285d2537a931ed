"""The models that hold something about a person: one list, for every test that says what must be true of each."""

from django.apps import apps
from django.db import models

from members.models import Member


def personal_models():
    """By label, each model that links to a person or holds an address. Links that say who did it are links too."""
    return {model._meta.label: model for model in apps.get_models() if personal_fields(model)}


def personal_fields(model):
    """The fields of the model by which it is about somebody: links to a person, many-to-many too, and addresses."""
    return [field for field in [*model._meta.fields, *model._meta.many_to_many] if _is_personal(field)]


def _is_personal(field):
    return field.related_model is Member or isinstance(field, models.EmailField) or "email" in field.name
