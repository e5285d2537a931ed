"""Every place where somebody types an address, and what it answers for one that is known and one that is not.

The tests compare words, status, headers, cookies and work. The clock is measured by hand, for a machine that does other
things as well would make a test lie:

    python -m tests.enumeration [pairs [place …]]      (200 and every place; needs a test database of its own)

It prints, for each place, how far the two medians lie apart and the Mann-Whitney p of the two samples. Wanted: apart by
less than 10 %, p above 0.01.
"""

import logging
import math
import os
import re
import statistics
import sys
import time
from bisect import bisect_left, bisect_right

KNOWN, UNKNOWN = "known@example.org", "other@example.org"


def join(stage, email):
    data = {"email": email, "name": "Ada", "level": "public", "consent": "on", "notice": stage.notice.pk}
    return stage.visitor.post("/accounts/signup/", data)


def password(stage, email):
    return stage.visitor.post("/accounts/login/", {"login": email, "password": "not-the-right-one"})


def code(stage, email):
    return stage.visitor.post("/accounts/login/code/", {"email": email})


def recovery(stage, email):
    return stage.visitor.post("/accounts/password/reset/", {"email": email})


def another_code(stage, email):
    page = stage.visitor.post("/accounts/login/code/", {"email": email}).url
    return stage.visitor.post(page, {"action": "resend"})


def change(stage, email):
    return stage.member.post("/accounts/email/", {"email": email})


def subscription(stage, email):
    return stage.visitor.post(
        "/notices/subscribe/", {"email": email, "subjects": ["meetings"], "notice": stage.guests.pk}
    )


def guest(stage, email):
    return stage.visitor.post(
        stage.rsvp, {"name": "Gus", "email": email, "answer": "online", "notice": stage.guests.pk}
    )


def referral(stage, email):
    return stage.member.post("/me/refer/", {"email": email})


PLACES = [join, password, code, recovery, another_code, change, subscription, guest, referral]


class Stage:
    """Somebody who is known, with a password, and somebody signed in who asks about them."""

    def __init__(self):
        from allauth.account.models import EmailAddress
        from django.test import Client
        from django.urls import reverse

        from tests.factories import ConsentNoticeFactory, MeetingFactory, MemberFactory

        self.notice, self.guests = ConsentNoticeFactory(), ConsentNoticeFactory(key="guest")
        self.known = MemberFactory(email=KNOWN)
        self.known.set_password("correct-horse-battery")
        self.known.save()
        EmailAddress.objects.create(user=self.known, email=KNOWN, primary=True, verified=True)
        self.asker = MemberFactory()
        self.asker.set_unusable_password()
        self.asker.save()
        EmailAddress.objects.create(user=self.asker, email=self.asker.email, primary=True, verified=True)
        self.rsvp = reverse("meetings:rsvp", args=[MeetingFactory().slug])
        self.Client = Client

    def enter(self):
        """New browsers; nobody was here before."""
        from django.core import mail
        from django.core.cache import cache

        cache.clear()
        mail.outbox = []
        self.visitor, self.member = self.Client(), self.Client()
        self.member.force_login(self.asker)


def seen(response, email):
    """All that the asker sees, without what differs from one request to the next."""
    body = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content).replace(email.encode(), b"")
    cookies = {name: {**morsel, "expires": ""} for name, morsel in response.cookies.items()}
    headers = {name: value for name, value in response.items() if name not in {"Content-Length", "Expires"}}
    return response.status_code, body, headers, cookies


def mann_whitney(first, second):
    """Two-sided p by the normal approximation, which is good from 20 values on."""
    ordered = sorted([*first, *second])
    # Equal values share the middle of their ranks.
    rank_sum = sum((bisect_left(ordered, value) + bisect_right(ordered, value) + 1) / 2 for value in first)
    n, m = len(first), len(second)
    u = rank_sum - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def measure(place, stage, pairs):
    """Milliseconds of each, asked in turns; what a request left behind is undone."""
    from django.db import transaction

    times = {KNOWN: [], UNKNOWN: []}
    for number in range(pairs + 5):
        for email in (KNOWN, UNKNOWN) if number % 2 else (UNKNOWN, KNOWN):
            with transaction.atomic():
                stage.enter()
                stage.visitor.get("/accounts/login/")
                begun = time.perf_counter()
                place(stage, email)
                took = (time.perf_counter() - begun) * 1000
                transaction.set_rollback(True)
            if number >= 5:  # the first ones load what is loaded once
                times[email].append(took)
    return times


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(pairs, names):
    import django
    from django.test.utils import get_runner, setup_test_environment

    django.setup()
    setup_test_environment()
    logging.disable()
    from django.conf import settings

    settings.ACCOUNT_RATE_LIMITS = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # the real work
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        stage = Stage()
        say(f"{'place':14}{'known ms':>10}{'other ms':>10}{'apart':>8}{'p':>8}")
        for place in [place for place in PLACES if not names or place.__name__ in names]:
            times = measure(place, stage, pairs)
            known, other = statistics.median(times[KNOWN]), statistics.median(times[UNKNOWN])
            p = mann_whitney(times[KNOWN], times[UNKNOWN])
            say(f"{place.__name__:14}{known:10.2f}{other:10.2f}{abs(known - other) / other:8.1%}{p:8.3f}")
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, sys.argv[2:])
