"""Admin pages that show private data write down who looked, in the transaction of the look: no log, no page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db import transaction
from django.utils import timezone

from privacy.actions import record_view

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from members.models import Member


class LoggedReads(admin.ModelAdmin):
    """A ModelAdmin whose lists and pages are recorded. Say what is shown, and whose it is."""

    reads = ""  # such as "a person's page"; never a value

    def subject_of(self, obj: Any) -> Member | None:
        """The person whose data the object is."""
        return getattr(obj, "member", None)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with transaction.atomic():
            obj = self.get_object(request, object_id)
            if obj is not None and self.has_view_or_change_permission(request, obj):
                self._record(request, self.reads, subject=self.subject_of(obj))
            return super().change_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        with transaction.atomic():
            response = super().changelist_view(request, extra_context)
            shown = getattr(response, "context_data", None) or {}
            if "cl" in shown and shown["cl"].result_list:
                self._record(
                    request, f"list: {self.model._meta.verbose_name_plural}", count=len(shown["cl"].result_list)
                )
            return response

    def _record(self, request: HttpRequest, what: str, *, subject: Member | None = None, count: int = 1) -> None:
        viewer = cast("Member", request.user)
        groups = ", ".join(viewer.groups.order_by("name").values_list("name", flat=True))
        why = f"Work of: {groups or 'administration'}"[:120]
        record_view(viewer, what=what[:80], why=why, subject=subject, count=count, now=timezone.now())
