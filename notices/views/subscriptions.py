"""Who hears about what: subscribing, choosing, and stopping, with and without signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from members.http import here
from notices import actions, tokens
from notices.enums import Frequency, Subject
from notices.forms import NOTHING, PreferencesForm, SubscribeForm
from notices.models import Subscriber, Topic

if TYPE_CHECKING:
    from members.http import MemberRequest

pages = require_http_methods(["GET", "HEAD", "POST"])


def posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@never_cache
@login_required
@pages
def my_preferences(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    form = PreferencesForm(posted(request), initial=_chosen(Subscriber.objects.filter(member=request.user).first()))
    if request.method == "POST" and form.is_valid():
        changes = actions.save_preferences(actions.subscriber_for(request.user, now), choices=form.choices(), now=now)
        messages.success(request, " ".join(["Saved.", *changes]) if changes else "Saved. Nothing has changed.")
        return redirect("notices:my_preferences")
    return render(request, "notices/preferences.html", {"form": form}, status=422 if form.errors else 200)


def _chosen(subscriber: Subscriber | None) -> dict[str, str]:
    """What is on. A member who has never chosen has every subject on but the workgroups they are not in, at once."""
    if subscriber is None:
        return {key: Frequency.AT_ONCE if key in Subject.values else NOTHING for key in Topic.objects.labels()}
    chosen = dict.fromkeys(Topic.objects.labels(), NOTHING)
    return chosen | dict(subscriber.subscriptions.values_list("subject", "frequency"))


@never_cache
@csrf_exempt
@pages
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """The same page by the link in a mail. The token is the right to it: no cookie, so nothing for a forger to ride."""
    subscriber = get_object_or_404(Subscriber.objects.select_related("member"), token=token)
    is_member = subscriber.member_id is not None
    form = PreferencesForm(posted(request), initial=_chosen(subscriber), of_member=is_member)
    form.helper.disable_csrf = True
    changes = None
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        changes = actions.save_preferences(subscriber, choices=form.choices(), now=now)
        if any(form.choices().values()):  # whoever chooses what to get wants to get it
            actions.renew(subscriber, now=now)
            subscriber.refresh_from_db()
    renewal = "" if subscriber.member_id else tokens.renew_url(subscriber.pk)
    context = {"form": form, "changes": changes, "by_link": True, "subscriber": subscriber, "renew_url": renewal}
    return render(request, "notices/preferences.html", context, status=422 if form.errors else 200)


@csrf_exempt
@pages
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for notices. The answer is the same whoever the address belongs to; the mail that follows has the link."""
    form = SubscribeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].lower()
        if not ratelimit.consume(request, action="notices_subscribe", key=here(request, email)):
            return ratelimit.respond_429(request)
        actions.ask_to_confirm(
            email, subjects=form.cleaned_data["subjects"], notice_id=form.cleaned_data["notice"], now=timezone.now()
        )
        return render(request, "notices/subscribe_asked.html")
    context = {"form": form, "year": bool(settings.SUBSCRIPTION_DAYS)}
    return render(request, "notices/subscribe.html", context, status=422 if form.errors else 200)


@never_cache
@csrf_exempt
@pages
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, POST subscribes: programs that open every link of a mail confirm nothing."""
    asked = tokens.read_confirm(token)
    if asked is None:
        return render(request, "notices/link_expired.html", status=404)
    email, subjects, notice = asked
    labels = Topic.objects.labels()
    context: dict[str, object] = {"subjects": [labels[subject] for subject in subjects if subject in labels]}
    if request.method == "POST":
        subscriber = actions.confirm_subscription(email, subjects=subjects, notice_id=notice, now=timezone.now())
        subscriber.refresh_from_db()
        context |= {"preferences": tokens.preferences_url(subscriber.token), "last_day": subscriber.renew_by}
    return render(request, "notices/subscribe_confirm.html", context)


@never_cache
@csrf_exempt
@pages
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: a POST without cookie, token or redirect stops the subject; a GET only shows the button."""
    meant = tokens.read_unsubscribe(token)
    if meant is None:
        raise Http404
    pk, subject = meant
    subscriber = Subscriber.objects.select_related("member").filter(pk=pk).first()
    if request.method == "POST" and subscriber:
        actions.unsubscribe(subscriber, subject=subject, now=timezone.now())
    context = {
        "subject": Topic.objects.labels().get(subject, "a workgroup"),
        "done": request.method == "POST" or subscriber is None,
        "preferences": tokens.preferences_url(subscriber.token) if subscriber else "",
    }
    return render(request, "notices/unsubscribe.html", context)


@never_cache
@csrf_exempt
@pages
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Another year, by one tap on the page. As with ``unsubscribe``: a GET only shows the button."""
    subscriber = Subscriber.objects.filter(pk=tokens.read_renew(token) or 0).first()
    if subscriber is None:
        raise Http404
    renewed = request.method == "POST"
    if renewed:
        actions.renew(subscriber, now=timezone.now())
        subscriber.refresh_from_db()
    context = {
        "subscriber": subscriber,
        "renewed": renewed,
        "subjects": [row.get_subject_display() for row in subscriber.subscriptions.with_topic_label()],
        "preferences": tokens.preferences_url(subscriber.token),
    }
    return render(request, "notices/renew.html", context)


@never_cache
@csrf_exempt
@pages
def never(request: HttpRequest, token: str) -> HttpResponse:
    """Never again, for somebody who was proposed. As with ``unsubscribe``: a GET only shows the button."""
    referral_pk = tokens.read_never(token)
    if referral_pk is None:
        raise Http404
    context = {"asked": request.method == "POST", "stopped": False}
    if request.method == "POST":
        context["stopped"] = actions.refuse_proposals(referral_pk, now=timezone.now())
    return render(request, "notices/never.html", context)
