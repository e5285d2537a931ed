"""Who did it, in a page of the staff's room: a name, and no link that most of those who read it may not follow."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin


def named(field: str) -> Callable[[Any, Any], str]:
    """A column or line for a person that a row names."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def shown(_admin: Any, row: Any) -> str:
        return str(getattr(row, field) or "–")

    return shown
