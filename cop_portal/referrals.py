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
from notices.actions import owe_proposal
from notices.models import Suppression


@login_required
@require_http_methods(["GET", "POST"])
def refer_person(request: MemberRequest) -> HttpResponse:
    form = ReferralForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _propose(
                request.user,
                email=form.cleaned_data["email"],
                names_referrer=form.cleaned_data["names_referrer"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            # The same words whether or not the address was known: nobody learns here who is a member.
            messages.success(request, "Thank you. If they do not know of us yet, they get one message.")
            return redirect("my_cop")
    return render(request, "portal/refer.html", {"form": form}, status=422 if form.errors else 200)


@transaction.atomic
def _propose(member: Member, *, email: str, names_referrer: bool, now: datetime) -> None:
    """Keep the proposal and owe its one message; where nothing may be sent, owe one and undo it.

    An address that is known must not answer sooner than another.
    """
    may_write = not Suppression.objects.reason_for(email)
    referral = refer(member, email=email, names_referrer=names_referrer, may_write=may_write, now=now)
    with transaction.atomic():
        owe_proposal(referral, address=referral.email or f"{secrets.token_hex(8)}@rehearsal.invalid", now=now)
        if not referral.email:
            transaction.set_rollback(True)
