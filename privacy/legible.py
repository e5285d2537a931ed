"""Forms whose text can be read: no bells, no zero bytes, nothing that turns other people's words around, and an end.

Every form of the portal is a ``legible.Form`` or a ``legible.ModelForm``; the forms that Django admin makes by itself
become one in ``cop_portal/admin_site.py``. What is refused keeps what was typed, with a sentence at the field.
"""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, RegexValidator

# What a line is put into - subject lines, calendars, tables, PDFs - reads these marks as orders: line ends, bells, and
# the ones that turn the direction of what follows. The joiners that scripts and emoji need are not among them.
# (From U+FFFD on: bytes that were no text, and what no spreadsheet may hold.)
line = RegexValidator(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd-\uffff]",
    "There is a character in it that cannot be shown. Please type it anew, without copying.",
    code="control_characters",
    inverse_match=True,
)
one_line = RegexValidator(
    "[\t\n\x0b\x0c\r\x85\u2028\u2029]",
    "This goes on one line. Please take out the line breaks and tabs.",
    code="more_than_a_line",
    inverse_match=True,
)
# In several lines, text of one direction inside another needs its marks (UAX #9); only what overrides letters goes.
lines = RegexValidator(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufffd-\uffff]",
    str(line.message),
    code="control_characters",
    inverse_match=True,
)

LINE_AT_MOST, TEXT_AT_MOST = 500, 50_000  # characters, where a field has no end of its own
TOO_LONG = "This is too long: %(show_value)d characters. Please use at most %(limit_value)d."


def make_legible(field: forms.Field) -> None:
    """Give a text field the rule of its kind: a text area that for several lines, every other box that for one.

    Passwords are left alone: they are compared and never shown.
    """
    # What is no text once it is cleaned has no length.
    if not isinstance(field, forms.CharField) or isinstance(field, (forms.JSONField, forms.UUIDField)):
        return
    if isinstance(field.widget, forms.PasswordInput):
        return
    several = isinstance(field.widget, forms.Textarea)
    field.validators += [lines] if several else [line, one_line]
    if field.max_length is None:
        field.validators.append(MaxLengthValidator(TEXT_AT_MOST if several else LINE_AT_MOST, TOO_LONG))


class Legible(forms.BaseForm):
    """To mix into a form that somebody else made. When it is cleaned, not before: some fields come late."""

    def full_clean(self) -> None:
        if self.is_bound and not getattr(self, "is_legible", False):
            self.is_legible = True  # a form may be cleaned twice
            for field in self.fields.values():
                make_legible(field)
        super().full_clean()


class Form(Legible, forms.Form):
    pass


class ModelForm(Legible, forms.ModelForm):
    """The same over a model."""


def legible(form: type[Any]) -> type[Any]:
    """The form's class with the rule, for those that Django makes itself."""
    return form if issubclass(form, Legible) else type(form.__name__, (Legible, form), {})
