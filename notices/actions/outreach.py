"""Links that partners pass on."""

import secrets

from django.db import transaction
from django.db.models import F

from notices.models import OutreachPartner, Relay

# Read aloud and typed from paper: no letters that look like digits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def make_relay(partner: OutreachPartner, *, page: str) -> Relay:
    """The partner's own link to a page; asked for again, the link there is."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(8))
    relay, _ = Relay.objects.get_or_create(partner=partner, page=page, defaults={"code": code})
    return relay


def count_visit(relay: Relay) -> None:
    """One more visit by this link. Nothing is kept about who came."""
    Relay.objects.filter(pk=relay.pk).update(visits=F("visits") + 1)
