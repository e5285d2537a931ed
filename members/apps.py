import time
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

# Since when somebody is signed in, and when they last did something: seconds since 1970 (members/sessions.py).
SESSION_BEGAN, SESSION_USED = "signed_in_at", "used_at"


def begin_session(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    request.session[SESSION_BEGAN] = request.session[SESSION_USED] = int(time.time())


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Members"

    def ready(self) -> None:
        user_logged_in.connect(begin_session)
