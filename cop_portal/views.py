"""The roof's own pages: the front door, what the community is, and what to say when something fails."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings.models import Duty, Meeting
from members.enums import Level
from members.models import ParticipantCategory
from members.rules import EXPECTATIONS
from notices.models import Notice, Rfp
from stipends.models import StipendPolicy

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 -- the name of a field
MEETINGS_SHOWN, NOTICES_SHOWN, RFPS_SHOWN = 3, 3, 2


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "meetings": Meeting.objects.upcoming(now)[:MEETINGS_SHOWN],
        "notices": Notice.objects.public()[:NOTICES_SHOWN],
        "rfps": Rfp.objects.open(now)[:RFPS_SHOWN],
    }
    return render(request, "portal/home.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "duties": Duty.objects.all(),
        "levels": [(level.value, level.label, EXPECTATIONS[level.value]) for level in Level],
        "categories": ParticipantCategory.objects.in_force(today).values_list("label", flat=True),
        "policy": StipendPolicy.objects.in_force(today).first(),
    }
    return render(request, "portal/about.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return render(request, "robots.txt", content_type="text/plain; charset=utf-8")


def not_from_this_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is not the session's: forged, or opened before the person signed in anew in another tab.

    Then the browser says that it comes from here, which no other site can, and the person sends it again by a button.
    """
    own = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    can_go_again = own and request.user.is_authenticated and not request.path.startswith("/accounts/")
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name != TOKEN]
    context = {"fields": fields if can_go_again else [], "files": list(request.FILES)}
    return render(request, "403_csrf.html", context, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: what failed may be the very database that would tell who is signed in."""
    page = render_to_string("500.html", {"community": settings.COMMUNITY})
    return HttpResponse(page, status=500)
