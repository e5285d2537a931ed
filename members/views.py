"""What people see and change of themselves."""

from datetime import date
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView, password_set
from allauth.core import ratelimit
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cop_portal.errors import Refused
from members import actions, address_change, mailed_codes, sessions
from members.devices import in_words
from members.enums import Level
from members.forms import (
    AddressCodesForm,
    AddressForm,
    ComeBackForm,
    LevelForm,
    ProfileForm,
    ProofCodeForm,
    TakeOverForm,
)
from members.http import MemberRequest, proves_by_mail_alone, reauthenticate, recently_authenticated
from members.models import MembershipPeriod, ParticipantCategory
from members.returning import coming_back


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    today = timezone.localdate()
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user, today=today)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.save_profile(
                request.user,
                fields=data,
                categories=data["categories"],
                interests=data.get("interests"),
                attested=form.attested,
                now=timezone.now(),
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Your profile is saved.")
        return redirect("members:profile")
    # A refused name must not show in the page's frame as if it were saved.
    request.user.refresh_from_db()
    level = request.user.level_on(today)
    ended = request.user.categories.exclude(pk__in=ParticipantCategory.objects.in_force(today))
    context = {
        "form": form,
        "ended": ended.prefetch_related("followers"),
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


@login_required
@require_http_methods(["GET", "POST"])
def address(request: MemberRequest) -> HttpResponse:
    """The person's address, and the beginning of its change: two codes are sent."""
    form = AddressForm(request.POST if request.method == "POST" else None, present=request.user.email or "")
    if request.method == "POST" and form.is_valid():
        # Who has a password or a second factor shows it first; for all others the code to the old mailbox is that proof.
        if not proves_by_mail_alone(request.user) and not recently_authenticated(request):
            return reauthenticate(request, keep=True)
        if not ratelimit.consume(request, action="manage_email", user=request.user):
            return ratelimit.respond_429(request)
        address_change.begin(request, form.cleaned_data["email"])
        return redirect("members:address_codes")
    context = {"form": form, "under_way": mailed_codes.under_way(request, address_change.KEY)}
    return render(request, "members/address.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def address_codes(request: MemberRequest) -> HttpResponse:
    """Both codes, and the change is made. Three wrong tries, or ten minutes, and it begins anew."""
    state = mailed_codes.under_way(request, address_change.KEY)
    if state is None:
        return redirect("members:address")
    form = AddressCodesForm(request.POST if request.method == "POST" else None, old=state["old"], new=state["email"])
    if request.method == "POST" and form.is_valid():
        wrong = mailed_codes.wrong(request, address_change.KEY, form.cleaned_data)
        if not wrong:
            return _change_address(request, state)
        for name in wrong:
            form.add_error(name, "This is not the code from that mail.")
        if mailed_codes.under_way(request, address_change.KEY) is None:
            messages.error(request, "That was the third wrong code. Nothing was changed. Please begin anew.")
            return redirect("members:address")
    context = {"form": form, "email": state["email"]}
    return render(request, "members/address_codes.html", context, status=422 if form.errors else 200)


def _change_address(request: MemberRequest, state: dict[str, Any]) -> HttpResponse:
    mailed_codes.end(request, address_change.KEY)
    try:
        old = actions.change_address(request.user, email=state["email"])
    except Refused as refusal:  # somebody else took it within these minutes
        messages.error(request, str(refusal))
    else:
        get_adapter(request).send_notification_mail("account/email/email_changed", request.user, email=old)
        messages.success(request, "Your address is changed. From now on you sign in with it, and mail goes there.")
    return redirect("members:address")


@method_decorator(login_required, name="dispatch")
class ProveByCodeView(BaseReauthenticateView):
    """A code from their own mailbox shows that it is the person. It is sent when they ask for it, not by a look."""

    KEY = "proof_by_code"
    request: MemberRequest
    template_name = "members/prove_by_code.html"
    form_class = ProofCodeForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "send" in request.POST:
            return self._send()
        if mailed_codes.under_way(self.request, self.KEY) is None:
            return self._begin_anew("That code works no longer. Please ask for a new one.")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def _send(self) -> HttpResponse:
        email = self.request.user.email or ""
        if not ratelimit.consume(self.request, action="mail_here", key=f"proof {email.lower()}"):
            return ratelimit.respond_429(self.request)
        adapter = get_adapter(self.request)
        code = adapter.generate_login_code()
        adapter.send_mail("account/email/proof_code", email, {"code": code})
        mailed_codes.remember(self.request, self.KEY, {"code": code})
        return redirect(self.passthrough_next_url(self.request.path))

    def _begin_anew(self, why: str) -> HttpResponse:
        messages.error(self.request, why)
        return redirect(self.passthrough_next_url(self.request.path))

    def form_valid(self, form: ProofCodeForm) -> HttpResponse:
        if mailed_codes.wrong(self.request, self.KEY, form.cleaned_data):
            if mailed_codes.under_way(self.request, self.KEY) is None:
                return self._begin_anew("That was the third wrong code. Please ask for a new one.")
            form.add_error("code", "This is not the code from that mail.")
            return self.form_invalid(form)
        mailed_codes.end(self.request, self.KEY)
        record_authentication(self.request, self.request.user, method="code", reauthenticated=True)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"sent": mailed_codes.under_way(self.request, self.KEY) is not None}


@login_required
@require_http_methods(["GET", "POST"])
def set_password(request: MemberRequest) -> HttpResponse:
    """The first password of somebody who had none: allauth's page, but never without a fresh proof."""
    if not request.user.has_usable_password() and not recently_authenticated(request):
        return reauthenticate(request)
    page: HttpResponse = password_set(request)
    return page


def _is_good(form: TakeOverForm) -> bool:
    try:
        actions.use_code(form.cleaned_data["code"], email=form.cleaned_data["email"], now=timezone.now())
    except Refused as refusal:
        form.add_error("code", str(refusal))
        return False
    return True


@never_cache
@require_http_methods(["GET", "POST"])
def take_over(request: HttpRequest) -> HttpResponse:
    """From the code on a printed letter to signing in. The answer is the same whose ever the address is."""
    form = TakeOverForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="take_over"):
            form.add_error("code", "Many codes came from this connection. Please try again in an hour.")
        elif _is_good(form):
            words = "Your code is good. Now let us send a sign-in code to the address you typed. If you do not find "
            messages.success(request, words + "what is yours after signing in, please call us.")
            return redirect("account_request_login_code")
    return render(request, "members/take_over.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def come_back(request: HttpRequest, token: str) -> HttpResponse:
    """From the link in the mail: choose a level, and the closed membership is open again."""
    member = coming_back(token)
    if member is None:
        return render(request, "members/come_back.html", status=410)
    form = ComeBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.come_back(member, level=data["level"], agreed=data["agreed"], now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Welcome back. Now let us send a sign-in code to your address.")
            return redirect("account_request_login_code")
    return render(request, "members/come_back.html", {"form": form}, status=422 if form.errors else 200)
