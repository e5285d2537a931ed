"""A notice on its way: tried on oneself, released by somebody else, sent to everybody, done."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from cop_portal.errors import Refused
from members.models import Member
from notices.actions.messages import owe
from notices.audience import addressees
from notices.enums import NOT_HANDED, NOTICE_NEXT, DeliveryState, NoticeState
from notices.kinds import kinds, words_of
from notices.markup import NAME, OF_MEETING, fill, placeholders, unlinked
from notices.message import READER, notice_context
from notices.models import Call, Delivery, Notice
from notices.moments import in_zone
from notices.wake import wake_up

OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDING)


@transaction.atomic
def release(
    notice: Notice,
    *,
    by: Member,
    now: datetime,
    at: datetime | None = None,
    zone: str = settings.TIME_ZONE,
    read: str = "",
) -> Notice:
    """Let a draft go out, now or ``at`` a later time: from here on its words and whom it is for stand.

    ``zone``: whose clock the time was chosen by. ``read``: the fingerprint of the draft that was read. Owes nothing
    yet; the worker's tick starts the sending when the time has come (start_sending). Refuses: `not_a_draft`,
    `changed_meanwhile` (four eyes saw other words than these), `own_draft` (whoever wrote the words does not release
    them), `too_late` (the time is past), `rfp_not_public` (fairness: members hear of a request no earlier than the
    public page shows it), and what is unfinished in a draft: `nobody`, `no_meeting`, `unknown_placeholder`,
    `unknown_kind`, `unsaid` (a correction says what is different, however it was drafted).
    """
    notice = _locked(notice)
    if notice.state != NoticeState.DRAFT:
        raise Refused(why_no_draft(notice), code="not_a_draft")
    if read and read != notice.fingerprint:
        why = "This draft was changed since you opened this page. Read it again, as it is now, before you release it."
        raise Refused(why, code="changed_meanwhile")
    if notice.drafted_by_id == by.pk:
        raise Refused("You wrote this notice. Ask somebody else to read and release it.", code="own_draft")
    if at and at < now:
        raise Refused("This time is past. Choose a later one, or release the notice now.", code="too_late")
    when = at or now
    if notice.rfp and (notice.rfp.published_at is None or notice.rfp.published_at > when):
        raise Refused("Publish the page of the request first: a notice never comes before it.", code="rfp_not_public")
    words = words_of(notice)
    _refuse_unfinished(notice, words)
    notice.state, notice.released_by, notice.scheduled_for = NoticeState.SCHEDULED, by, when
    notice.zone, notice.words, notice.counted = zone, words, {"release": _count(notice, now)}
    notice.save(update_fields=["state", "released_by", "scheduled_for", "zone", "words", "counted"])
    wake_up("notices.release_scheduled")
    return notice


def why_no_draft(notice: Notice) -> str:
    """What has happened to it while somebody still looked at the draft, in a sentence."""
    if notice.state == NoticeState.CANCELLED or not notice.released_by or not notice.scheduled_for:
        return "This notice was cancelled meanwhile. It cannot be released any more."
    when = in_zone(notice.scheduled_for, notice.zone)
    return f"This notice is released already: by {notice.released_by}, for {when}."


def _refuse_unfinished(notice: Notice, words: dict[str, str]) -> None:
    """A draft may lack something; what goes out may not."""
    if notice.corrects_id and not notice.what_changed.strip():
        why = "This correction does not say what is different. Its author writes that into the draft, in a sentence."
        raise Refused(why, code="unsaid")
    reaches = bool(notice.levels) if notice.audience else bool(notice.levels or notice.to_subscribers)
    if not reaches and not notice.corrects_id:
        raise Refused("This notice is for nobody. Choose at least one level, or the subscribers.", code="nobody")
    used = placeholders(notice.body)
    if unknown := sorted(used - {NAME, *OF_MEETING}):
        raise Refused(f"Nobody can fill in {{{unknown[0]}}}. Take it out of the text.", code="unknown_placeholder")
    of_meeting = [key for key in notice.audience if key in kinds() and kinds()[key].of_meeting]
    if (used - {NAME} or of_meeting) and not words:
        raise Refused("Choose the meeting first: the text or the audience speaks of one.", code="no_meeting")
    if any(key not in kinds() for key in notice.audience):
        raise Refused("It is narrowed in a way that is not offered any more. Choose anew.", code="unknown_kind")


def _count(notice: Notice, now: datetime) -> dict[str, Any]:
    """How many would get it and why others would not, as it is now: to be compared with what is owed in the end."""
    skipped: Counter[str] = Counter()
    everybody = 0
    for person in addressees(notice, timezone.localdate(now)):
        everybody += 1
        if person.skipped:
            skipped[person.skipped] += 1
    return {"getting": everybody - skipped.total(), "skipped": dict(skipped)}


@transaction.atomic
def take_back(notice: Notice) -> Notice:
    """Make a released notice a draft again while its time has not come: nobody has got it or read it yet.

    Refuses: `not_scheduled`.
    """
    notice = _locked(notice)
    if notice.state != NoticeState.SCHEDULED:
        raise Refused("This notice is not waiting to be sent.", code="not_scheduled")
    notice.state, notice.released_by, notice.scheduled_for = NoticeState.DRAFT, None, None
    notice.save(update_fields=["state", "released_by", "scheduled_for"])
    return notice


@transaction.atomic
def pause(notice: Notice) -> int:
    """Hold back what has not been handed to the mail server, until ``resume``. Returns how many are held.

    The page stays. Refuses: `not_sending`.
    """
    notice = _locked(notice)
    _may_become(notice, NoticeState.PAUSED, code="not_sending")
    notice.state = NoticeState.PAUSED
    notice.save(update_fields=["state"])
    waiting = notice.deliveries.filter(state__in=(DeliveryState.QUEUED, DeliveryState.CLAIMED))
    held: int = waiting.update(state=DeliveryState.PAUSED, claim="", lease_until=None)
    return held


@transaction.atomic
def resume(notice: Notice, *, now: datetime) -> int:
    """Let the messages of a paused notice go on. Returns how many. Refuses: `not_paused`.

    The 72 hours of trying begin anew for each: the pause is not its own.
    """
    notice = _locked(notice)
    if notice.state != NoticeState.PAUSED:
        raise Refused("This notice is not paused.", code="not_paused")
    notice.state = NoticeState.SENDING
    notice.save(update_fields=["state"])
    held = notice.deliveries.filter(state=DeliveryState.PAUSED)
    going: int = held.update(state=DeliveryState.QUEUED, due_at=now, owed_at=now)
    wake_up()
    return going


@transaction.atomic
def cancel(notice: Notice, *, by: Member, now: datetime) -> int:
    """Stop a notice: what has not been handed to the mail server is not sent. Returns how many were stopped.

    Refuses: `not_open` (it is sent or cancelled already).
    """
    notice = _locked(notice)
    _may_become(notice, NoticeState.CANCELLED, code="not_open")
    notice.state = NoticeState.CANCELLED
    notice.save(update_fields=["state"])
    Call.objects.of_notice(notice.pk).filter(told_at__isnull=True).delete()
    waiting = notice.deliveries.filter(state__in=NOT_HANDED)
    stopped: int = waiting.update(
        state=DeliveryState.CANCELLED, reason="The notice was cancelled.", claim="", lease_until=None,
        decided_by=by, decided_at=now,
    )  # fmt: skip
    return stopped


def close_finished() -> int:
    """A notice of which no message is open any more is sent. Returns how many became so."""
    still_open = Delivery.objects.filter(notice=OuterRef("pk"), state__in=OPEN)
    done = Notice.objects.filter(state=NoticeState.SENDING).filter(~Exists(still_open))
    return done.update(state=NoticeState.SENT)


@transaction.atomic
def send_test(notice: Notice, *, to: Member, now: datetime) -> Delivery:
    """Owe the notice, as it stands, to the person who asks: marked as a test, to nobody else.

    Refuses: `no_address`.
    """
    words = {**words_of(notice), NAME: unlinked(to.name or READER)}
    said = notice_context(notice)
    context = {
        **said, "body": fill(said["body"], words, html=False), "body_html": fill(said["body_html"], words, html=True),
    }  # fmt: skip
    owed = owe(
        key=f"test:{notice.pk}:{to.pk}:{now.timestamp():.0f}", address=to.email or "", template="notices/test",
        context=context, now=now, member=to, priority=Delivery.URGENT,
    )  # fmt: skip
    if owed is None:
        raise Refused("You have no e-mail address to send it to.", code="no_address")
    return owed


def _locked(notice: Notice) -> Notice:
    found: Notice = Notice.objects.select_for_update().get(pk=notice.pk)
    return found


def _may_become(notice: Notice, state: NoticeState, *, code: str) -> None:
    if notice.state == state:
        raise Refused(f"This notice is {state.label.lower()} already.", code=code)
    if state not in NOTICE_NEXT[NoticeState(notice.state)]:
        now = "a draft" if notice.state == NoticeState.DRAFT else notice.get_state_display().lower()
        raise Refused(f"This notice is {now}; it cannot be {state.label.lower()}.", code=code)
