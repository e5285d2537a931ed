"""What may be typed into a box, and that no form of the portal forgot to ask."""

import importlib
import pkgutil

import pytest
from django import forms
from django.contrib import admin
from django.test import RequestFactory
from django.urls import get_resolver

from privacy import legible
from tests.factories import StaffFactory

APPS = ("cop_portal", "privacy", "members", "notices", "meetings", "polls", "stipends")


class Both(legible.Form):
    line = forms.CharField(required=False)
    lines = forms.CharField(required=False, widget=forms.Textarea)
    password = forms.CharField(required=False, widget=forms.PasswordInput)


WORLD = [
    "Zoë 🦆",
    "👩\u200d🔬 Ada",
    "O'Neil-Ñ",
    "ဇော်",
    "مریم\u200cسادات",
    "ሰላም",
    "Nyob zoo",
    "=1+1",
    "\u200f(عمر)\u200e",
]


@pytest.mark.parametrize("words", WORLD)
def test_words_of_the_world_are_taken_as_they_are(words):
    form = Both({"line": words, "lines": words})

    assert form.is_valid()
    assert (form.cleaned_data["line"], form.cleaned_data["lines"]) == (words, words)


@pytest.mark.parametrize(
    ("words", "line", "lines"),
    [
        ("a\x07b", "control_characters", "control_characters"),
        ("a\x00b", "null_characters_not_allowed", "null_characters_not_allowed"),
        ("a\x84b", "control_characters", "control_characters"),
        ("\u202eevil", "control_characters", "control_characters"),
        ("a\ufffdb", "control_characters", "control_characters"),
        ("a\u2066b\u2069c", "control_characters", None),
        ("a\nb", "more_than_a_line", None),
        ("a\tb", "more_than_a_line", None),
        ("a\u2028b", "more_than_a_line", None),
        ("x" * 501, "max_length", None),
        ("x" * 50_001, "max_length", "max_length"),
    ],
)
def test_orders_to_what_shows_them_and_endless_words_are_not(words, line, lines):
    form = Both({"line": words, "lines": words})

    form.full_clean()

    found = {name: errors[0].code for name, errors in form.errors.as_data().items()}
    assert (found.get("line"), found.get("lines")) == (line, lines)
    assert form["line"].value() == words


def test_a_sentence_is_said_once_however_often_a_form_is_cleaned():
    form = Both({"line": "a\x07b", "lines": "x" * 50_001})

    form.full_clean()
    form.full_clean()

    assert form.errors["line"] == [
        "There is a character in it that cannot be shown. Please type it anew, without copying."
    ]
    assert form.errors["lines"] == ["This is too long: 50001 characters. Please use at most 50000."]


def test_a_password_is_nobodys_to_read():
    assert Both({"password": "\u202e a\tb" * 200}).is_valid()


def _forms():
    """Every form class of the portal, wherever it stands; allauth's own, where the portal mixed something in."""
    assert get_resolver().url_patterns
    for app in APPS:
        for module in pkgutil.walk_packages(importlib.import_module(app).__path__, f"{app}."):
            if not {"migrations", "management", "common_login", "wsgi", "asgi"} & set(module.name.split(".")):
                importlib.import_module(module.name)
    todo = [forms.BaseForm]
    for form in todo:
        todo += form.__subclasses__()
    return {form for form in todo if form.__module__.split(".")[0] in APPS}


def test_every_form_asks():
    found = _forms()

    assert len(found) > 60
    assert {form for form in found if not issubclass(form, legible.Legible)} == set()


@pytest.mark.django_db
def test_every_form_of_the_staffs_room_asks():
    request = RequestFactory().get("/admin/")
    request.user = StaffFactory(is_superuser=True)
    forgot, asked = [], 0

    for model_admin in admin.site._registry.values():
        made = [model_admin.get_form(request)] if model_admin.has_add_permission(request) else []
        made += [model_admin.get_form(request, model_admin.model(pk=0), change=True)]
        made += [
            formset.form
            for formset, inline in model_admin.get_formsets_with_inlines(request)
            if inline.has_add_permission(request, None) or inline.has_change_permission(request, None)
        ]
        for form in made:
            typed = [name for name, field in form.base_fields.items() if isinstance(field, forms.CharField)]
            asked += len(typed)
            if typed and not issubclass(form, legible.Legible):
                forgot.append(f"{model_admin}: {form.__name__} {typed}")

    assert not forgot
    assert asked > 60
