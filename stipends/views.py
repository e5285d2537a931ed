"""A person's own stipends: enrolling, claiming, answering, and what was paid."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cop_portal.errors import Refused
from meetings.models import Meeting
from members.http import MemberRequest
from privacy.enums import NoticeKey
from privacy.models import ConsentNotice
from privacy.rules import has_consented
from stipends import actions
from stipends.forms import AnswerForm, ClaimForm, EnrollForm, ReviewForm, SupplierForm
from stipends.models import Claim, Decline, Enrollment, StipendPolicy
from stipends.reports import payment_history
from stipends.rules import entitlement, most, offers, refusal_to_ask_for_review, refusal_to_enroll, unmet


@login_required
@require_GET
def home(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    return render(request, "stipends/home.html", _home_context(request, now))


def _home_context(request: MemberRequest, now: Any) -> dict[str, Any]:
    enrollment = Enrollment.objects.standing().filter(member=request.user).first()
    declined = list(Decline.objects.filter(member=request.user).select_related("meeting"))
    return {
        "enrollment": enrollment,
        "policy": StipendPolicy.objects.in_force(timezone.localdate(now)).first(),
        "must_agree": enrollment is not None and not has_consented(request.user, key=NoticeKey.STIPEND),
        "offers": offers(request.user, now) if enrollment else [],
        "claims": Claim.objects.visible_to(request.user).select_related("meeting"),
        "history": payment_history(request.user),
        "declined": declined,
        "declined_all": any(row.meeting is None for row in declined),
        "supplier_form": _supplier_form(enrollment),
    }


def _supplier_form(enrollment: Enrollment | None, data: Any = None) -> SupplierForm | None:
    if enrollment is None:
        return None
    initial = {"supplier_number": enrollment.supplier_number, "wants_help": enrollment.wants_help}
    has_number = bool(enrollment.supplier_number)
    return SupplierForm(data, initial=initial, has_number=has_number, action=reverse("stipends:supplier"))


@login_required
@require_http_methods(["GET", "POST"])
def enroll(request: MemberRequest) -> HttpResponse:
    enrolled = Enrollment.objects.standing().filter(member=request.user).exists()
    if enrolled and has_consented(request.user, key=NoticeKey.STIPEND):
        return redirect("stipends:home")
    notices = ConsentNotice.objects.readable(NoticeKey.STIPEND)
    closed = refusal_to_enroll(request.user, timezone.localdate())
    if closed or not notices:
        return render(request, "stipends/enroll.html", {"closed": closed})
    form = EnrollForm(request.POST or None, notices=notices, enrolled=enrolled)
    if request.method == "POST" and form.is_valid():
        try:
            actions.enroll(
                request.user,
                agreed=form.cleaned_data["agreed"] and form.cleaned_data["lived_experience"],
                notice_id=form.cleaned_data["notice"],
                wants_help=form.cleaned_data.get("wants_help", False),
                supplier_number=form.cleaned_data.get("supplier_number", ""),
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "You are enrolled. You can claim for meetings you came to.")
            return redirect("stipends:home")
    return _answer(request, "stipends/enroll.html", {"form": form, "notices": notices, "enrolled": enrolled})


@login_required
@require_http_methods(["GET", "POST"])
def leave(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        try:
            actions.leave_enrollment(request.user, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "You are no longer enrolled. You can come back at any time.")
        return redirect("stipends:home")
    enrollment = get_object_or_404(Enrollment.objects.standing(), member=request.user)
    return render(request, "stipends/leave.html", {"enrollment": enrollment})


@login_required
@require_GET
def payments(request: MemberRequest) -> HttpResponse:
    """To print for a caseworker: what was paid and when, and nothing about why this person could be paid."""
    context = {"history": payment_history(request.user), "today": timezone.localdate()}
    return render(request, "stipends/payments.html", context)


@login_required
@require_POST
def decline(request: MemberRequest, slug: str = "") -> HttpResponse:
    """No offer for this meeting, or none at all; with ``undo``, offers again."""
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug) if slug else None
    if "undo" in request.POST:
        actions.take_back_decline(request.user, meeting=meeting)
        messages.success(request, "You are offered it again." if meeting else "You are offered stipends again.")
    else:
        actions.decline(request.user, meeting=meeting, now=timezone.now())
        what = "a stipend for this meeting" if meeting else "stipends"
        messages.success(request, f"Noted: you are not offered {what} any more. You can change that on this page.")
    return redirect("stipends:home")


@login_required
@require_POST
def supplier(request: MemberRequest) -> HttpResponse:
    enrollment = get_object_or_404(Enrollment.objects.standing(), member=request.user)
    has_number = bool(enrollment.supplier_number)
    form = SupplierForm(request.POST, has_number=has_number, action=reverse("stipends:supplier"))
    if not form.is_valid():
        context = {**_home_context(request, timezone.now()), "supplier_form": form, "enrollment": enrollment}
        return render(request, "stipends/home.html", context, status=422)
    try:
        actions.set_supplier_number(request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Saved.")
    return redirect("stipends:home")


@login_required
@require_http_methods(["GET", "POST"])
def claim(request: MemberRequest, slug: str) -> HttpResponse:
    meeting = get_object_or_404(Meeting.objects.public(), slug=slug)
    made = Claim.objects.visible_to(request.user).standing().filter(meeting=meeting).first()
    if made:
        # A second click, a second tab, a resent form: what was asked for is done, and here it is.
        return redirect("stipends:detail", made.pk)
    now = timezone.now()
    answers = entitlement(request.user, meeting, now)
    policy = StipendPolicy.objects.in_force(meeting.held_on).first()
    context: dict[str, Any] = {"meeting": meeting, "answers": answers, "missing": unmet(answers), "policy": policy}
    if policy is None or context["missing"]:
        return render(request, "stipends/claim.html", context, status=422 if request.method == "POST" else 200)
    made_before = Claim.objects.visible_to(request.user).standing()
    form = ClaimForm(request.POST or None, cap=most(policy, made_before, meeting.held_on))
    if request.method == "POST" and form.is_valid():
        try:
            submitted = actions.submit_claim(meeting, member=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            if refusal.code == "not_claimed":
                # Two clicks at once: the other one was faster, and leads to the same claim.
                return redirect("stipends:claim", meeting.slug)
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"We have your claim, {submitted.reference}.")
            return redirect("stipends:detail", submitted.pk)
    return _answer(request, "stipends/claim.html", {**context, "form": form})


@login_required
@require_GET
def detail(request: MemberRequest, number: int) -> HttpResponse:
    mine = get_object_or_404(Claim.objects.visible_to(request.user).select_related("meeting"), pk=number)
    return render(request, "stipends/detail.html", _detail_context(mine))


def _detail_context(mine: Claim, form: AnswerForm | None = None, asked: ReviewForm | None = None) -> dict[str, Any]:
    if form is None and mine.is_returned:
        initial = {"amount": mine.amount}
        form = AnswerForm(initial=initial, cap=mine.cap, action=reverse("stipends:answer", args=[mine.pk]))
    ask = None
    if refusal_to_ask_for_review(mine) is None:
        ask = asked or ReviewForm(action=reverse("stipends:review", args=[mine.pk]))
    # The person sees each step and its words; who of the staff decided is not theirs to see.
    return {"claim": mine, "events": mine.events.all(), "form": form, "ask": ask}


@login_required
@require_POST
def withdraw(request: MemberRequest, number: int) -> HttpResponse:
    mine = get_object_or_404(Claim.objects.visible_to(request.user), pk=number)
    try:
        actions.withdraw(mine, member=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "You took your claim back.")
    return redirect("stipends:detail", mine.pk)


@login_required
@require_POST
def answer(request: MemberRequest, number: int) -> HttpResponse:
    mine = get_object_or_404(Claim.objects.visible_to(request.user).select_related("meeting"), pk=number)
    form = AnswerForm(request.POST, cap=mine.cap, action=request.path)
    if not form.is_valid():
        return render(request, "stipends/detail.html", _detail_context(mine, form), status=422)
    try:
        actions.answer(mine, member=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Thank you. We have your answer.")
    return redirect("stipends:detail", mine.pk)


@login_required
@require_POST
def review(request: MemberRequest, number: int) -> HttpResponse:
    mine = get_object_or_404(Claim.objects.visible_to(request.user).select_related("meeting"), pk=number)
    form = ReviewForm(request.POST, action=request.path)
    if not form.is_valid():
        return render(request, "stipends/detail.html", _detail_context(mine, asked=form), status=422)
    try:
        actions.ask_for_review(mine, member=request.user, words=form.cleaned_data["words"], now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Thank you. Somebody else looks at it, and you hear from us.")
    return redirect("stipends:detail", mine.pk)


def _answer(request: MemberRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, with status 422 where what was sent is not accepted."""
    return render(request, template, context, status=422 if request.method == "POST" else 200)
