"""The link by which somebody who closed their membership opens it again. It goes to their address alone."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from members.enums import Closed
from members.models import Member

GOOD_FOR = timedelta(days=1)
_signer = TimestampSigner(salt="members.come_back")


def come_back_url(email: str) -> str:
    """The link for the closed membership of this address; empty where there is none, or where staff closed it."""
    member = Member.objects.filter(email__iexact=email, closed_as=Closed.LEFT).first()
    if member is None:
        return ""
    return settings.PUBLIC_URL + reverse("members:come_back", args=[_signer.sign(str(member.pk))])


def coming_back(token: str) -> Member | None:
    """Whose link this is, while it is good and the membership still closed."""
    try:
        pk = _signer.unsign(token, max_age=GOOD_FOR)
    except BadSignature:
        return None
    return Member.objects.filter(pk=pk, closed_as=Closed.LEFT).first()
