"""A poll of two thousand: their votes within half a minute, and all of them watching meanwhile and afterwards.

Every second one is signed in as a member; the others are guests of a device each.
"""

from __future__ import annotations

import asyncio
import os
import random
import string
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.bench.client import Proxy, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.frame import Bench

VOTERS = int(os.environ.get("BENCH_VOTERS", "2000"))
VOTING = 30.0  # seconds
WATCHING = float(os.environ.get("BENCH_WATCHING", "30"))  # after the last vote
EVERY = 2.0
CONNECTIONS = 64

VOTE = """
math.randomseed(os.time())
local letters = "abcdefghijklmnopqrstuvwxyz0123456789"
request = function()
  local secret = ""
  for i = 1, 32 do local n = math.random(#letters); secret = secret .. letters:sub(n, n) end
  return wrk.format("POST", nil, {["Cookie"] = "csrftoken=" .. secret,
    ["Content-Type"] = "application/x-www-form-urlencoded"},
    "csrfmiddlewaretoken=" .. secret .. "&options=%d&form_key=" .. secret)
end
"""


def run(bench: Bench) -> Iterator[dict[str, Any]]:
    crowd = poll_in_a_meeting()
    path = f"/meetings/{crowd.meeting.slug}/live/now/"
    etag = asyncio.run(Proxy(bench.port, 1).ask("GET", path, {})).headers["etag"]
    unchanged = f"wrk.headers[\"If-None-Match\"] = '{etag}'"
    for connections in (8, 32):
        looked = bench.ratio(path, connections=connections, script=unchanged)
        yield {"row": "fragment, unchanged", **looked, "budget": "ratio >= 0.9", "is_met": looked["ratio"] >= 0.9}
    drawn = bench.ratio(path)
    yield {"row": "fragment, whole", **drawn, "budget": "none", "is_met": drawn["errors"] == 0}
    trial = poll_in_a_meeting()
    voted = bench.ratio(f"/polls/{trial.code}/", script=VOTE % trial.options.first().pk)
    is_met = voted["ratio"] >= 0.09 and not voted["errors"]
    yield {"row": "ballot by POST, a new guest each", **voted, "budget": "ratio >= 0.09", "is_met": is_met}
    yield asyncio.run(Crowd(bench, crowd).run())


def poll_in_a_meeting() -> Any:
    """An open category poll in a meeting that is on."""
    from django.utils import timezone

    from meetings.models import Meeting
    from members.models import Member
    from polls import actions

    now, name = timezone.now(), f"bench-{random.randrange(10**9)}"
    meeting = Meeting.objects.create(
        title=name, slug=name, uid=name, checkin_code=name[-9:], state="published", published_at=now,
        starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(hours=2),
    )  # fmt: skip
    by = Member.objects.create(email=f"{name}@example.org", name="The bench")
    return actions.open_poll(actions.prepare_category_poll(meeting, by=by, now=now), by=by, now=now)


def sign_in(people: int) -> list[str]:
    """So many members who have agreed to the notice in force, as the cookies of their browsers."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from privacy.actions import give_consent
    from privacy.enums import NoticeKey
    from tests.factories import MemberFactory

    cookies = []
    for number in range(people):
        browser, member = Client(), MemberFactory(email=f"voter{number}@bench.example")
        give_consent(member, key=NoticeKey.MEMBERSHIP, now=timezone.now())
        browser.force_login(member)
        cookies.append(f"; {settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}")
    return cookies


class Crowd:
    """Each votes once at a moment of the first half minute, and then looks every two seconds."""

    def __init__(self, bench: Bench, poll: Any) -> None:
        self.poll, self.path = poll, f"/meetings/{poll.meeting.slug}/live/now/"
        self.options = list(poll.options.values_list("pk", flat=True))
        self.sessions = iter(sign_in(VOTERS // 2))
        self.proxy = Proxy(bench.port, CONNECTIONS)
        self.votes: list[float] = []
        self.looks: list[float] = []
        self.errors: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.sent: Counter[int] = Counter()

    async def run(self) -> dict[str, Any]:
        random.seed(254151)
        self.began = time.perf_counter()
        whose = [next(self.sessions, "") if number % 2 else "" for number in range(VOTERS)]
        await asyncio.gather(*(self._phone(random.uniform(0, VOTING), session) for session in whose))
        await asyncio.sleep(2.5)
        shown = (await self.proxy.ask("GET", self.path, {})).body.decode()
        counts, ballots = await asyncio.to_thread(self._counted)
        figures = {
            "votes p50": percentile(self.votes, 50), "votes p99": percentile(self.votes, 99),
            "looks": len(self.looks), "looks p50": percentile(self.looks, 50), "looks p99": percentile(self.looks, 99),
            "304": self.statuses[304], "errors": sum(self.errors.values()), "lost": VOTERS - ballots,
            "exact": counts == self.sent and f"<strong>{VOTERS}</strong>" in shown,
        }  # fmt: skip
        met = figures["votes p99"] <= 300 and figures["looks p99"] <= 200
        return {
            "row": f"{VOTERS} vote in {VOTING:.0f} s and look every {EVERY:.0f} s, for {WATCHING:.0f} s more",
            **figures,
            "budget": "votes p99 <= 300 ms, looks p99 <= 200 ms, 0 errors, 0 lost, exact",
            "is_met": bool(met and figures["exact"] and not figures["errors"] and not figures["lost"]),
        }

    async def _phone(self, votes_after: float, session: str) -> None:
        await asyncio.sleep(votes_after)
        await self._vote(session)
        etag, end = "", VOTING + WATCHING
        next_look = time.perf_counter() - self.began + random.uniform(0, EVERY)
        while next_look < end:
            await asyncio.sleep(max(0, next_look - (time.perf_counter() - self.began)))
            etag = await self._look(etag)
            next_look += EVERY * random.uniform(0.9, 1.1)

    async def _vote(self, session: str) -> None:
        secret = "".join(random.choices(string.ascii_letters + string.digits, k=32))
        chosen = random.sample(self.options, random.choice([1, 1, 2, 3]))
        self.sent.update(chosen)
        body = urlencode([("csrfmiddlewaretoken", secret), ("form_key", secret), *(("options", pk) for pk in chosen)])
        headers = {"Cookie": f"csrftoken={secret}{session}", "Content-Type": "application/x-www-form-urlencoded"}
        await self._timed(self.votes, 302, "POST", f"/polls/{self.poll.code}/", headers, body.encode())

    async def _look(self, etag: str) -> str:
        answer = await self._timed(self.looks, 200, "GET", self.path, {"If-None-Match": etag} if etag else {})
        return answer.headers.get("etag", etag) if answer else etag

    async def _timed(self, times, wanted, method, path, headers, body=b""):
        try:
            answer = await self.proxy.ask(method, path, headers, body)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors[type(error).__name__] += 1
            return None
        times.append(answer.took)
        self.statuses[answer.status] += 1
        if answer.status not in (wanted, 304):
            self.errors[str(answer.status)] += 1
        return answer

    def _counted(self) -> tuple[Counter[int], int]:
        from polls.models import Choice

        chosen = Choice.objects.filter(ballot__poll=self.poll).values_list("option", flat=True)
        return Counter(chosen), self.poll.ballots.count()
