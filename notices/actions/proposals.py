"""The one message to a person who was proposed, and their "never again"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from members.actions import forget_referral
from members.enums import ReferralState
from members.models import Referral
from notices.actions.messages import owe, suppress
from notices.enums import REFERRAL, SuppressionReason
from notices.tokens import never_url

if TYPE_CHECKING:
    from datetime import datetime

    from notices.models import Delivery


@transaction.atomic
def owe_proposal(referral: Referral, *, address: str, now: datetime) -> Delivery | None:
    """Owe the message about this proposal to this address, with the name of who proposed only if they agreed."""
    referrer = referral.referrer.name if referral.names_referrer else ""
    return owe(
        key=f"{REFERRAL}{referral.pk}",
        address=address,
        template="portal/referral",
        context={"referrer": referrer, "never_url": never_url(referral.pk)},
        now=now,
    )


@transaction.atomic
def refuse_proposals(referral_pk: int, *, now: datetime) -> bool:
    """Somebody who was proposed wants no such message ever again: their address gets none, and the proposal is over.

    Out: was there an address to stop? Not once it is forgotten or the person has joined. Twice is once.
    """
    referral = Referral.objects.select_for_update().filter(pk=referral_pk, state=ReferralState.ASKED).first()
    if referral is None:
        return False
    suppress(referral.email, reason=SuppressionReason.ASKED, now=now)
    forget_referral(referral)
    return True
