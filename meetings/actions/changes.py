"""What changed of a published meeting: the public log, and one message about it once the editing has come to rest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max, Q

from meetings.actions import letters
from meetings.actions.digests import take_back_digests
from meetings.actions.rsvps import lock_meeting
from meetings.models import ChangeLogEntry, OwedChange
from meetings.rules import JOINING, TOLD, is_special
from notices.enums import DeliveryState
from notices.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from meetings.models import Meeting
    from members.models import Member

REST, AT_MOST = timedelta(minutes=5), timedelta(minutes=15)
HURRY = timedelta(hours=2)  # so close to the start nothing waits


def log(
    meeting: Meeting, what: str, *, by: Member, now: datetime, before: str = "", after: str = "", reason: str = ""
) -> ChangeLogEntry:
    return ChangeLogEntry.objects.create(
        meeting=meeting,
        what=what,
        before=before[:300],
        after=after[:300],
        reason=reason.strip()[:300],
        changed_at=now,
        changed_by=by,
    )


def log_differences(
    meeting: Meeting, before: dict[str, str], after: dict[str, str], *, by: Member, now: datetime, reason: str
) -> set[str]:
    """An entry for each fact that reads differently now; returns which. The join link itself is never in the log."""
    changed = {what for what in after if before[what] != after[what]}
    for what in sorted(changed, key=list(after).index):
        words = {} if what == JOINING else {"before": before[what], "after": after[what]}
        log(meeting, what, by=by, now=now, reason=reason, **words)
    return changed


def hold_back(meeting: Meeting, *, started_at: datetime, join_url: str, now: datetime) -> None:
    """Owe word of a change, a few minutes after the last edit of several. The caller holds the meeting.

    What was owed about earlier ones and is not on its way is taken back, digests as well; letters that wait with the
    former time in them get today's. ``started_at``, ``join_url``: as they were before this edit.
    """
    soon = min(started_at, meeting.starts_at) - now < HURRY
    owed, is_new = OwedChange.objects.get_or_create(
        meeting=meeting, defaults={"since": now, "due_at": now if soon else now + REST, "join_url": join_url}
    )
    if not is_new:
        owed.due_at = now if soon else min(now + REST, owed.since + AT_MOST)
        owed.save(update_fields=["due_at"])
    letters.take_back_changes(meeting, why=letters.OVERTAKEN)
    letters.correct_waiting(meeting, now=now)
    take_back_digests(meeting, started_at=started_at, why=letters.OVERTAKEN)


def drop(meeting: Meeting) -> None:
    """Nothing is left to be told: the meeting is cancelled, which says all. The caller holds it."""
    OwedChange.objects.filter(meeting=meeting).delete()
    why = "The meeting was cancelled before this was sent."
    letters.take_back_all(meeting, why=why)
    take_back_digests(meeting, started_at=meeting.starts_at, why=why)


def tell_changes(*, now: datetime) -> int:
    """Owe the messages about changes whose editing has come to rest; returns how many.

    Each person going or waiting is told everything that is different since they were last told, and nothing where it is
    as it was. Of a special meeting, subscribers hear, too. Twice is once: the row is gone in the same transaction.
    """
    due = OwedChange.objects.filter(due_at__lte=now).order_by("due_at")
    return sum(_tell(pk, now) for pk in list(due.values_list("meeting_id", flat=True)))


@transaction.atomic
def _tell(pk: int, now: datetime) -> int:
    meeting = lock_meeting(pk)
    owed = OwedChange.objects.filter(meeting=meeting, due_at__lte=now).first()
    if owed is None:
        return 0
    owed.delete()
    if not meeting.is_published or meeting.is_over(now):
        return 0
    entries = list(meeting.changes.order_by("changed_at", "pk"))
    key = letters.change_key(meeting, entries[-1])
    link = (owed.since, owed.join_url != meeting.join_url)
    told_at, reworded_at = _told_at(meeting, entries), letters.reworded_at(meeting)
    told = 0
    for rsvp in letters.concerned(meeting):
        address = rsvp.address.lower()
        since = told_at.get(address)
        new = [e for e in entries if e.changed_at >= rsvp.answered_at and (since is None or e.changed_at > since)]
        news = net(new, link=link)
        if not TOLD & {line.what for line in news} and address in reworded_at:
            # All is as it was when they answered, and not as their letter says, which had waited and got newer words.
            news = net([entry for entry in new if entry.changed_at > reworded_at[address]], link=link)
        if TOLD & {line.what for line in news}:
            letters.owe_change(rsvp, news, key=key, now=now)
            told += 1
    public = net(_not_public_yet(meeting, entries), link=link)
    if is_special(meeting) and TOLD & {line.what for line in public}:
        told += letters.owe_public_change(meeting, public, key=key, now=now)
    return told


def _told_at(meeting: Meeting, entries: list[ChangeLogEntry]) -> dict[str, datetime]:
    """Address → when they were last told of a change. A letter taken back told nothing."""
    found = Delivery.objects.filter(key__in=[letters.change_key(meeting, entry) for entry in entries])
    told = found.exclude(state=DeliveryState.CANCELLED).values("address").annotate(at=Max("owed_at"))
    return {row["address"]: row["at"] for row in told}


def _not_public_yet(meeting: Meeting, entries: list[ChangeLogEntry]) -> list[ChangeLogEntry]:
    """Those after the last public notice that went to everybody: of what was taken back, some know nothing yet."""
    keys = {letters.change_key(meeting, entry): place for place, entry in enumerate(entries, 1)}
    notices = Delivery.objects.filter(key__in=keys).exclude(unsubscribe_from="").values("key")
    taken_back = Count("pk", filter=Q(state=DeliveryState.CANCELLED, reason=letters.OVERTAKEN))
    complete = [keys[row["key"]] for row in notices.annotate(taken_back=taken_back) if not row["taken_back"]]
    return entries[max(complete, default=0) :]


def net(entries: list[ChangeLogEntry], *, link: tuple[datetime, bool]) -> list[letters.News]:
    """What is different after all of these edits, one line for each fact; what is again as it was has none.

    The log keeps no join link, so ``link`` says since when we know it, and whether it is another one now.
    """
    lines: dict[str, letters.News] = {}
    for entry in entries:
        line = lines.setdefault(entry.what, letters.News(entry.what, entry.before, entry.after))
        line.after = entry.after
        if entry.reason and entry.reason not in line.reasons:
            line.reasons.append(entry.reason)
    since, is_another = link
    earlier = any(entry.what == JOINING and entry.changed_at < since for entry in entries)
    kept = []
    for what, line in lines.items():
        is_different = (is_another or earlier) if what == JOINING else line.before != line.after
        if is_different:
            kept.append(line)
    return kept
