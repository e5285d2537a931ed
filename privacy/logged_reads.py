"""Staff's pages that show private data write down who looked, in the transaction of the look: no log, no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db import transaction
from django.utils import timezone

from privacy.actions import record_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from members.models import Member


def record_look(
    request: HttpRequest,
    what: str,
    *,
    why: str,
    subject: Member | None = None,
    subjects: Iterable[int | None] = (),
    count: int = 1,
) -> None:
    """What ``privacy.actions.record_view`` writes, for whoever sent this request, now."""
    viewer = cast("Member", request.user)
    record_view(viewer, what=what, why=why, subject=subject, subjects=subjects, count=count, now=timezone.now())


class LoggedReads(admin.ModelAdmin):
    """A ModelAdmin whose lists, pages and histories are recorded. Say what is shown, whose it is, and which work it is for.

    Admin actions that ask first show the chosen rows again: that is a look as well.
    """

    reads = ""  # such as "a person's page"; never a value
    why = ""  # the work that needs it, such as "membership work"

    def subject_of(self, obj: Any) -> Member | None:
        """The person whose data the object is."""
        return getattr(obj, "member", None)

    def subject_ids(self, rows: Iterable[Any]) -> list[int | None]:
        """The people in a list, without a query for each; None for a guest."""
        return [getattr(row, "member_id", None) for row in rows]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with transaction.atomic():
            self._record_page(request, object_id, self.reads)
            return super().change_view(request, object_id, form_url, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with transaction.atomic():
            self._record_page(request, object_id, f"history of {self.reads}")
            return super().history_view(request, object_id, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        with transaction.atomic():
            response = super().changelist_view(request, extra_context)
            shown = getattr(response, "context_data", None) or {}
            if "cl" in shown:
                self._record_rows(request, "list", shown["cl"].result_list)
            elif "objects" in shown:  # an action that asks first (privacy/confirmation.py)
                self._record_rows(request, "before a decision", shown["objects"])
            return response

    def _record_page(self, request: HttpRequest, object_id: str, what: str) -> None:
        obj = self.get_object(request, object_id)
        if obj is not None and self.has_view_or_change_permission(request, obj):
            self._record(request, what, subject=self.subject_of(obj))

    def _record_rows(self, request: HttpRequest, kind: str, rows: Any) -> None:
        if rows:
            what = f"{kind}: {self.model._meta.verbose_name_plural}"
            self._record(request, what, subjects=self.subject_ids(rows), count=len(rows))

    def _record(self, request: HttpRequest, what: str, **whose: Any) -> None:
        record_look(request, what, why=self.why, **whose)
