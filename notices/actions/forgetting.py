"""Messages whose time is over: the row stays and says that something was told; to whom and what it no longer says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Cast, Concat

from members.enums import ReferralState
from members.models import Referral
from notices.enums import REFERRAL, DeliveryState
from notices.models import Delivery
from notices.querysets import EMPTIED
from privacy.disposal import no_new_holds, not_held

if TYPE_CHECKING:
    from django.db.models import QuerySet

GIVEN_UP = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
REMOVED = "Address and words removed."


def empty_deliveries(rows: QuerySet[Any]) -> int:
    """Take address, words and person out of messages that are over for good; returns how many.

    What failed, or was never found out, is given up with it: nobody can send it again, or decide about it. Whatever may
    still be sent is left alone.
    """
    pks = list(rows.values_list("pk", flat=True))
    return Delivery.objects.with_words().filter(pk__in=pks).update(
        # Each its own: a message is unique by key and address.
        address=Concat(Value("removed-"), Cast("pk", CharField()), Value(EMPTIED)),
        member=None,
        subscriber=None,
        subject_line="",
        text="",
        html="",
        calendar="",
        claim="",  # a worker that held an unknown one has nothing to say about it any more
        reason=Case(
            When(state=DeliveryState.SENT, then=Value("")),
            When(state=DeliveryState.UNKNOWN, then=Value("Nobody found out whether it arrived. " + REMOVED)),
            default=Value(REMOVED),
        ),
        state=Case(When(state__in=GIVEN_UP, then=Value(DeliveryState.CANCELLED)), default=F("state")),
    )  # fmt: skip


@transaction.atomic
def forget_referred_addresses() -> int:
    """Take the address out of the one message to each person proposed, once the proposal is answered or forgotten.

    Returns how many. A message that is still under way waits for the next night; one on legal hold for its release.
    """
    no_new_holds()
    over = not_held(
        Referral.objects.exclude(state=ReferralState.ASKED), kind="referrals", member=["referrer"]
    ).values_list("pk", flat=True)
    keys = [f"{REFERRAL}{pk}" for pk in over]
    done = 0
    for start in range(0, len(keys), 500):
        done += empty_deliveries(Delivery.objects.with_words().filter(key__in=keys[start : start + 500]))
    return done
