"""Propose somebody: the membership keeps the proposal, the notices owe its one message."""

import secrets
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cop_portal.errors import Refused
from cop_portal.forms import ReferralForm
from members.actions import refer
from members.http import MemberRequest
from members.models import Member
from notices.actions import owe


@login_required
@require_http_methods(["GET", "POST"])
def refer_person(request: MemberRequest) -> HttpResponse:
    form = ReferralForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _propose(request, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            # The same words whether or not the address was known: nobody learns here who is a member.
            messages.success(request, "Thank you. If they do not know of us yet, they get one message.")
            return redirect("my_cop")
    return render(request, "portal/refer.html", {"form": form}, status=422 if form.errors else 200)


def _propose(request: MemberRequest, form: ReferralForm) -> None:
    data, now = form.cleaned_data, timezone.now()
    if _owe(request.user, email=data["email"], names_referrer=data["names_referrer"], now=now):
        return
    # Do what a proposal does and undo it: an address that is known must not answer sooner either.
    with transaction.atomic():
        nobody = f"{secrets.token_hex(8)}@rehearsal.invalid"
        _owe(request.user, email=nobody, names_referrer=data["names_referrer"], now=now)
        transaction.set_rollback(True)


@transaction.atomic
def _owe(member: Member, *, email: str, names_referrer: bool, now: datetime) -> bool:
    """Keep the proposal and owe its one message. False where nothing may be sent."""
    referral = refer(member, email=email, names_referrer=names_referrer, now=now)
    if referral is None:
        return False
    owe(
        key=f"referral:{referral.pk}",
        address=referral.email,
        template="portal/referral",
        context={"referrer": member.name if referral.names_referrer else ""},
        now=now,
    )
    return True
