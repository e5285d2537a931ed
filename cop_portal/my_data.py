"""My data: see it, take it along, put it right, or leave. These pages ask every app, so they live in the roof."""

import io

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from cop_portal.closing import STRIPPED, close_membership, what_is_kept, withdraw
from cop_portal.data_export import everything_about
from cop_portal.downloads import ask_for_export
from cop_portal.errors import Refused
from cop_portal.forms import AccessForm, AccuracyForm, ClosingForm
from members.actions import choices_are_held
from members.http import MemberRequest, reauthenticate, recently_authenticated
from members.models import Member
from privacy.actions import open_request
from privacy.enums import NoticeKey, RequestKind
from privacy.models import Consent
from privacy.rules import due_on
from stipends.models import Claim


@login_required
@require_GET
def my_data(request: MemberRequest) -> HttpResponse:
    context = {
        "tables": everything_about(request.user),
        "consents": _agreed_now(request.user),
        "requests": request.user.data_requests.order_by("-requested_at"),
        "membership_key": NoticeKey.MEMBERSHIP,
    }
    return render(request, "portal/my_data.html", context)


def _agreed_now(member: Member) -> list[Consent]:
    """For each purpose the newest version agreed to; the earlier ones stand in the history below."""
    rows = member.consents.standing().select_related("notice").order_by("notice__version", "given_at")
    return list({row.notice.key: row for row in rows}.values())


@login_required
@require_http_methods(["GET", "POST"])
def download(request: MemberRequest) -> HttpResponse:
    """GET shows how far the download is (the page asks again while it waits), POST asks for one."""
    if request.method == "POST":
        ask_for_export(request.user, now=timezone.now())
        return redirect("my_data_download")
    mine = request.user.data_exports.filter(asked_by=None).without_archive()
    context = {"export": mine.first(), "now": timezone.now(), "days": settings.DATA_EXPORT_DAYS}
    return render(request, "portal/my_data_download.html", context)


@login_required
@require_GET
def download_file(request: MemberRequest) -> HttpResponseBase:
    """The archive, for the person alone, who proves once more who they are. Its name says nothing."""
    now = timezone.now()
    export = request.user.data_exports.filter(asked_by=None).ready(now).first()
    if export is None:
        messages.info(request, "There is no download ready. You can ask for a new one.")
        return redirect("my_data_download")
    if not recently_authenticated(request):
        return reauthenticate(request)
    return FileResponse(io.BytesIO(export.archive), as_attachment=True, filename=export.file_name)


@login_required
@require_http_methods(["GET", "POST"])
def consent_withdraw(request: MemberRequest, key: str) -> HttpResponse:
    """GET says what follows, POST does it. Without the membership consent there is no membership: that one closes."""
    if key == NoticeKey.MEMBERSHIP:
        return redirect("my_data_close")
    consent = request.user.consents.standing().filter(notice__key=key).select_related("notice").last()
    if request.method == "GET":
        page = render(request, "portal/my_data_withdraw.html", {"consent": consent}) if consent else None
        return page or redirect("my_data")
    try:
        withdraw(request.user, key=key, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Your consent is withdrawn. What was done before stays lawful.")
    return redirect("my_data")


@login_required
@require_http_methods(["GET", "POST"])
def accuracy(request: MemberRequest) -> HttpResponse:
    return _ask(request, AccuracyForm, RequestKind.ACCURACY, "portal/my_data_accuracy.html")


@login_required
@require_http_methods(["GET", "POST"])
def access(request: MemberRequest) -> HttpResponse:
    return _ask(request, AccessForm, RequestKind.ACCESS, "portal/my_data_access.html")


def _ask(
    request: MemberRequest, form_class: type[AccuracyForm | AccessForm], kind: RequestKind, template: str
) -> HttpResponse:
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = open_request(request.user, kind=kind, details=form.cleaned_data["details"], now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"We have your request. You get an answer by {asked.due_on:%B %-d, %Y}.")
            return redirect("my_data")
    context = {"form": form, "answered_by": due_on(kind, timezone.localdate())}
    return render(request, template, context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def close(request: MemberRequest) -> HttpResponse:
    form = ClosingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            close_membership(request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            logout(request)
            return redirect("my_data_closed")
    context = {
        "form": form,
        "kept": what_is_kept(),
        "stripped": STRIPPED,
        "held": choices_are_held(request.user),
        "open_claims": Claim.objects.visible_to(request.user).open().count(),
        "runs": request.user.facilitated_meetings.upcoming(timezone.now()).count(),
    }
    return render(request, "portal/my_data_close.html", context, status=422 if form.errors else 200)


@require_GET
def closed(request: MemberRequest) -> HttpResponse:
    return render(request, "portal/my_data_closed.html")
