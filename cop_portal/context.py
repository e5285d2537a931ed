"""What every page knows about the community it serves."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cop_portal.arrivals import join_url


def community(request: HttpRequest) -> dict[str, Any]:
    return {
        "community": settings.COMMUNITY,
        "common_login": settings.COMMON_LOGIN,
        "development": settings.DEBUG,
        "join_url": join_url(request),
    }
