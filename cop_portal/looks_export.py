"""The log of looks as a file, for whoever may read it and has just proved who they are."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.http import reauthenticate, recently_authenticated
from privacy.logged_reads import record_look
from privacy.models import SensitiveView
from privacy.spreadsheet import csv_text

EXPORTED = 10_000
COLUMNS = ["When", "Who", "Staff group", "Whom", "What", "How many", "Why"]


@require_safe
@transaction.atomic
def looks_export(request: HttpRequest) -> HttpResponse:
    """The lines that the list would show under the same filters; the export is a look itself."""
    room: Any = admin.site.get_model_admin(SensitiveView)
    if not room.has_view_permission(request):
        raise PermissionDenied
    if not recently_authenticated(request):
        return reauthenticate(request)
    try:
        rows = room.get_changelist_instance(request).get_queryset(request)
    except IncorrectLookupParameters:  # the list itself leads back to its beginning then
        return redirect("admin:privacy_sensitiveview_changelist")
    # Their numbers first: whoever asks for too much is told so at once.
    if len(rows.order_by().values_list("pk", flat=True)[: EXPORTED + 1]) > EXPORTED:
        messages.error(request, f"More than {EXPORTED:,} lines. Choose a shorter time, a person or a kind first.")
        return redirect(f"{reverse('admin:privacy_sensitiveview_changelist')}?{request.GET.urlencode()}")
    people = [look.subject_id for look in rows]  # evaluated here, once
    record_look(request, "export of looks", why=room.why, subjects=people, count=max(1, len(rows)))
    response = HttpResponse(csv_text(COLUMNS, map(_line, rows)).encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="looks.csv"'
    return response


def _line(look: SensitiveView) -> list[object]:
    when = timezone.localtime(look.seen_at).isoformat()
    return [when, look.viewer, look.group, look.subject or "a list", look.what, look.count, look.why]
