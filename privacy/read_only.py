"""Admin pages for rows that are kept: what nobody deletes there, and what nobody adds or changes there either.

Mix in first: ``class ClaimAdmin(ReadOnly, LoggedReads)``. Both serve for inlines as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest


class NeverDeleted:
    """Rows that other rows rest on. Their time ends by the retention schedule, not by a button."""

    can_delete = False  # for inlines

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(NeverDeleted):
    """Rows that come about elsewhere: read here, changed by actions only."""

    extra = 0  # for inlines

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
