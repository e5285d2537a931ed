"""Links that partners pass on."""

import secrets
from datetime import date

from django.db import transaction
from django.db.models import F

from notices.models import OutreachPartner, Relay

# Read aloud and typed from paper: no letters that look like digits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def make_relay(partner: OutreachPartner, *, page: str, label: str = "", last_day: date | None = None) -> Relay:
    """The partner's own link to a page under this label; asked for again, the link there is."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(8))
    relay, _ = Relay.objects.get_or_create(
        partner=partner, page=page, label=label, defaults={"code": code, "last_day": last_day}
    )
    return relay


def count_visit(relay: Relay, *, today: date) -> bool:
    """One more visit by this link. Nothing is kept about who came. Out: does the link count (still)?"""
    return bool(Relay.objects.counting(today).filter(pk=relay.pk).update(visits=F("visits") + 1))


def count_joining(code: str, *, today: date) -> bool:
    """One more who joined by this link. Nothing is kept about who. Out: does the link exist, and count (still)?"""
    return bool(Relay.objects.counting(today).filter(code=code).update(joined=F("joined") + 1))
