"""What people see and change of themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cop_portal.errors import Refused
from members import actions
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
