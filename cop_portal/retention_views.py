"""The dry run of the retention schedule, in the staff's room. Nothing is disposed of from a page."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cop_portal.disposal import forecast
from privacy.models import LegalHold


@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """How many records of each kind are past their period, and what would happen to them. Counts only, no names."""
    if not request.user.has_perm("privacy.view_disposal"):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": "Retention: what is past its period",
        "lines": forecast(timezone.now()),
        "holds": LegalHold.objects.standing().count(),
    }
    return TemplateResponse(request, "admin/retention.html", context)
