"""What people see and change of themselves."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cop_portal.errors import Refused
from members import actions, sessions
from members.devices import in_words
from members.enums import Level
from members.forms import LevelForm, ProfileForm
from members.http import MemberRequest


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
    level = request.user.level_on(timezone.localdate())
    context = {"form": form, "level": Level(level).label if level else ""}
    return render(request, "members/member_profile.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def level_change(request: MemberRequest) -> HttpResponse:
    today = timezone.localdate()
    form = LevelForm(
        request.POST if request.method == "POST" else None, initial={"level": request.user.level_on(today)}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            period = actions.set_level(request.user, level=data["level"], agreed=data["agreed"], now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"You take part as: {period.get_level_display()}.")
        return redirect("members:profile")
    context = {"form": form, "history": request.user.periods.all()}
    return render(request, "members/member_level.html", context, status=422 if form.errors else 200)


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
