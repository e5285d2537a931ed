"""What people see and change of themselves."""

from datetime import date

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from cop_portal.errors import Refused
from members import actions, sessions
from members.devices import in_words
from members.enums import Level
from members.forms import LevelForm, ProfileForm
from members.http import MemberRequest
from members.models import MembershipPeriod


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("members:profile")
    # A refused name must not show in the page's frame as if it were saved.
    request.user.refresh_from_db()
    today = timezone.localdate()
    level = request.user.level_on(today)
    context = {
        "form": form,
        "level": Level(level).label if level else "",
        "planned": request.user.periods.planned(today).first(),
    }
    return render(request, "members/member_profile.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def level_change(request: MemberRequest) -> HttpResponse:
    now, member = timezone.now(), request.user
    today = timezone.localdate(now)
    form = LevelForm(
        request.POST if request.method == "POST" else None, today=today, initial={"level": member.level_on(today)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            period = actions.set_level(member, **form.cleaned_data, now=now)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _said(period, today))
        return redirect("members:profile")
    context = {
        "form": form,
        "planned": member.periods.planned(today).first(),
        "history": member.periods.held(today),
    }
    return render(request, "members/member_level.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def level_take_back(request: MemberRequest) -> HttpResponse:
    try:
        actions.take_back_level_change(request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Nothing is planned any more. You take part as before.")
    return redirect("members:level")


@login_required
@require_http_methods(["GET", "POST"])
def session_list(request: MemberRequest) -> HttpResponse:
    """Where the person is signed in. They end one of the others, or all others; this one ends by signing out."""
    # Lists those that go on and forgets the rest.
    mine = UserSession.objects.purge_and_list(request.user)
    if request.method == "POST":
        chosen = request.POST.get("session")
        others = [each for each in mine if not each.is_current()]
        ended = [each for each in others if "others" in request.POST or str(each.pk) == chosen]
        for session in ended:
            session.end()
        if ended:
            messages.success(request, f"Signed out: {len(ended)}.")
        return redirect("usersessions_list")
    for session in mine:
        session.words = in_words(session.user_agent)
    idle, absolute = sessions.limits(request.user)
    context = {
        "sessions": sorted(mine, key=lambda each: each.created_at, reverse=True),
        "idle": sessions.in_words(idle),
        "absolute": sessions.in_words(absolute),
    }
    return render(request, "members/sessions.html", context)


def _said(period: MembershipPeriod, today: date) -> str:
    level = period.get_level_display()
    if period.starts_on > today:
        return f"From {date_format(period.starts_on, 'F j, Y')} you take part as: {level}. You can take it back."
    return f"You take part as: {level}."
