"""What every page knows about the community it serves."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cop_portal.arrivals import join_url
from members.models import Member
from notices.enums import MENDABLE
from notices.models import Suppression


def community(request: HttpRequest) -> dict[str, Any]:
    return {
        "community": settings.COMMUNITY,
        "common_login": settings.COMMON_LOGIN,
        "development": settings.DEBUG,
        "join_url": join_url(request),
        # Asked by the pages that show it alone, and once.
        "address_trouble": SimpleLazyObject(lambda: _address_trouble(request)),
    }


def _address_trouble(request: HttpRequest) -> str:
    """Why mail does not reach whoever is signed in, as far as they can mend it; or an empty text."""
    user = request.user
    reason = Suppression.objects.reason_for(user.email) if isinstance(user, Member) and user.email else None
    return reason if reason in MENDABLE else ""
