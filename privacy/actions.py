"""What the privacy rooms do: keep consents, publish notices, log reads, answer requests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from cop_portal.errors import Refused
from privacy.enums import ExportState, Language, NoticeKey, RequestKind, RequestResult, RequestState
from privacy.models import Consent, ConsentNotice, DataExport, DataRequest, LegalHold, SensitiveView, ShownPerson
from privacy.rules import due_on, lacks_consent, refusal_to_publish

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from members.models import Member


def notice_read(key: str, *, language: str = Language.ENGLISH, notice_id: int | None = None) -> ConsentNotice:
    """The text in force for this purpose that somebody had before them, for the row that keeps what they gave.

    Refuses: ``no_notice`` (none is published), ``stale_notice`` (another version is in force meanwhile).
    """
    readable = ConsentNotice.objects.readable(key)
    if not readable:
        raise Refused(f"The notice about {NoticeKey(key).label.lower()} is not published yet.", code="no_notice")
    if notice_id is None:
        return next((row for row in readable if row.language == language), readable[0])
    read = [row for row in readable if row.pk == notice_id]
    if not read:
        raise Refused("The notice has changed. Please read the new one and agree again.", code="stale_notice")
    return read[0]


@transaction.atomic
def give_consent(
    member: Member,
    *,
    key: str,
    language: str = Language.ENGLISH,
    notice_id: int | None = None,
    read_by: Member | None = None,
    now: datetime,
) -> Consent:
    """Keep that the person agreed to the notice in force for this purpose, in the language they read.

    ``notice_id`` is the notice they had before them, in its language, where a form says so; ``language`` counts where
    it does not. ``read_by``: staff who read it to the person, in ``language``, by which they may have told a text of
    another one. Agreeing twice gives the same row.
    Refuses: ``no_notice`` (none is published), ``stale_notice`` (another version is in force meanwhile), ``own_consent``
    (staff agree for themselves on their own pages).
    Minn. Stat. 13.04, subd. 2: what was read, by version, belongs to the answer.
    """
    if read_by is not None and read_by.pk == member.pk:
        raise Refused("This is about you. Please read and agree on your own pages.", code="own_consent")
    notice = notice_read(key, language=language, notice_id=notice_id)
    consent, _ = Consent.objects.get_or_create(
        member=member,
        notice=notice,
        withdrawn_at=None,
        defaults={"given_at": now, "read_by": read_by, "read_in": language if read_by else ""},
    )
    return consent


def require_consent(member: Member, *, key: str, by: Member | None = None) -> None:
    """Say no where private data would be kept that a person gives by choice, without their agreement to the notice in force.

    The one rule for every such action (docs/decisions/0008); the portal's door stands before it for people at a page.
    ``by``: staff, who do it for the person. Refuses: ``consent_missing``.
    """
    if not lacks_consent(member, key=key):
        return
    if by is not None:
        words = "They have not agreed to the notice as it is now. Read it to them and record their answer first."
        raise Refused(words, code="consent_missing")
    raise Refused(
        "The notice about your data is a new one. Please sign in, read it and agree; then do this again.",
        code="consent_missing",
    )


@transaction.atomic
def withdraw_consent(member: Member, *, key: str, now: datetime) -> int:
    """End every consent of the person for this purpose from now on; what was done under it stays lawful.

    Returns how many rows ended. Refuses: ``no_consent`` (none stands).
    """
    ended: int = Consent.objects.standing().filter(member=member, notice__key=key).update(withdrawn_at=now)
    if not ended:
        raise Refused("You have no consent of this kind to withdraw.", code="no_consent")
    return ended


@transaction.atomic(savepoint=False)  # it stands or falls with the read
def record_view(
    viewer: Member,
    *,
    what: str,
    why: str,
    subject: Member | None = None,
    subjects: Iterable[int | None] = (),
    count: int = 1,
    now: datetime,
) -> SensitiveView:
    """Write down that somebody reads private data (Minn. Stat. 13.05, subd. 5).

    Call it in the transaction of the read: no log, no page. ``what`` names a kind of data and ``why`` the work that
    needs it, neither ever a value. A page about one person has a ``subject``; a list has the ids of its people in
    ``subjects`` (None, a guest, is nobody we know) and the ``count`` of its lines.
    """
    groups = ", ".join(viewer.groups.order_by("name").values_list("name", flat=True))
    if not groups and viewer.is_superuser:
        groups = "Administration"
    people = {pk for pk in subjects if pk is not None}
    look: SensitiveView = SensitiveView.objects.create(
        viewer=viewer,
        group=groups[:120],
        subject=subject,
        what=what[:80],
        why=why[:120],
        count=max(count, len(people)),
        seen_at=now,
    )
    if people:
        ShownPerson.objects.bulk_create([ShownPerson(look=look, member_id=pk) for pk in sorted(people)])
    return look


@transaction.atomic
def publish_notice(notice: ConsentNotice, *, now: datetime) -> ConsentNotice:
    """Put this version in force. From then on the database refuses any change to it.

    A new English version that asks again is put before everybody concerned at their next visit; translations of it
    can be published with it or later.
    Refuses: ``published_already``, ``part_missing`` (all six parts are required), ``older_version`` (a later one is
    in force), ``changes_missing`` (from the second version on), ``english_first`` (a translation of a version whose
    English text is not in force).
    """
    notice = ConsentNotice.objects.select_for_update().get(pk=notice.pk)
    refusal = refusal_to_publish(notice)
    if refusal:
        raise refusal
    notice.published_at = now
    notice.save(update_fields=["published_at"])
    return notice


@transaction.atomic
def open_request(member: Member, *, kind: str, details: str = "", now: datetime) -> DataRequest:
    """Take a person's request about their own data, and the day by which the law wants it answered.

    Refuses: ``details_missing`` (a challenge must say what is wrong), ``request_open`` (one of this kind is open).
    """
    if kind == RequestKind.ACCURACY and not details.strip():
        raise Refused("Please say what is wrong, and what would be right.", code="details_missing")
    request, is_new = DataRequest.objects.get_or_create(
        member=member,
        kind=kind,
        state=RequestState.OPEN,
        defaults={
            "details": details.strip(),
            "requested_at": now,
            "due_on": due_on(kind, timezone.localdate(now)),
        },
    )
    if not is_new:
        raise Refused(
            f"You have asked this already. You get an answer by {request.due_on:%B %-d, %Y}.", code="request_open"
        )
    return request


@transaction.atomic
def close_request(
    request: DataRequest, *, by: Member, result: str, outcome: str, recipients_told: bool = False, now: datetime
) -> DataRequest:
    """Answer a request; the person sees what became of it (a ``RequestResult``) and the outcome in words.

    ``recipients_told``: after a challenge, those who had the wrong data from us were told (Minn. Stat. 13.04, subd. 4).
    Refuses: ``outcome_missing``, ``closed_already``, ``own_request`` (somebody else answers it).
    """
    request = DataRequest.objects.select_for_update().get(pk=request.pk)
    if request.state != RequestState.OPEN:
        raise Refused("This request is answered already.", code="closed_already")
    if request.member_id == by.pk:
        raise Refused("This is your own request. Somebody else must answer it.", code="own_request")
    if not outcome.strip():
        raise Refused("Please write what was answered; the person sees it.", code="outcome_missing")
    request.state, request.result, request.outcome = RequestState.DONE, RequestResult(result), outcome.strip()
    request.recipients_told, request.closed_at, request.closed_by = recipients_told, now, by
    request.save(update_fields=["state", "result", "outcome", "recipients_told", "closed_at", "closed_by"])
    return request


@transaction.atomic
def set_hold(
    *, by: Member, why: str, now: datetime, member: Member | None = None, meeting_id: int | None = None, kind: str = ""
) -> LegalHold:
    """Keep from disposal everything about a person, about a meeting, or of one kind, until the hold is released.

    It counts from the moment this is committed; a disposal under way is waited for. Refuses: ``one_thing`` (exactly one
    of the three is named), ``reason_missing``.
    """
    if sum(bool(thing) for thing in (member, meeting_id, kind)) != 1:
        raise Refused("Name a person, a meeting or a kind of record: one of them.", code="one_thing")
    if not why.strip():
        raise Refused("Please say why: the case or request it is for.", code="reason_missing")
    hold: LegalHold = LegalHold.objects.create(
        member=member, meeting_id=meeting_id, kind=kind, why=why.strip(), set_by=by, set_at=now
    )
    return hold


@transaction.atomic
def release_hold(hold: LegalHold, *, by: Member, reason: str, now: datetime) -> LegalHold:
    """End a hold: from now on its records are disposed of when their period is over.

    Refuses: ``released_already``, ``reason_missing``.
    """
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.released_at is not None:
        raise Refused("This hold is released already.", code="released_already")
    if not reason.strip():
        raise Refused("Please say why it ends.", code="reason_missing")
    hold.released_at, hold.released_by, hold.release_reason = now, by, reason.strip()
    hold.save(update_fields=["released_at", "released_by", "release_reason"])
    return hold


@transaction.atomic
def request_export(member: Member, *, by: Member | None = None, reason: str = "", now: datetime) -> DataExport:
    """Ask for a download of everything held about a person; one that waits already is the answer to the next asking.

    A ready one is deleted: the new one takes its place. ``by``: staff, for somebody who cannot sign in.
    Refuses: ``reason_missing`` (staff say why), ``own_data`` (staff take their own from their own page).
    """
    if by is not None and not reason.strip():
        raise Refused("Please say why you make this download; the person can see it.", code="reason_missing")
    if by is not None and by.pk == member.pk:
        raise Refused("Your own data is on your own data page.", code="own_data")
    discard_exports(member, states=[ExportState.READY])
    fresh = {"requested_at": now, "asked_by": by, "reason": reason.strip()}
    # The constraint decides where two ask at once; both get the one row.
    export, _ = DataExport.objects.get_or_create(member=member, state=ExportState.WAITING, defaults=fresh)
    return export


def keep_export(export: DataExport, *, archive: bytes, days: int, now: datetime) -> DataExport:
    """The worker has made it: keep it for so many days. Call it in the transaction that holds the row."""
    export.archive, export.state = archive, ExportState.READY
    export.ready_at, export.expires_at = now, now + timedelta(days=days)
    export.save(update_fields=["archive", "state", "ready_at", "expires_at"])
    return export


def fail_export(export: DataExport) -> None:
    """It could not be made: say so, and let the person ask again."""
    DataExport.objects.waiting().filter(pk=export.pk).update(state=ExportState.FAILED)


def discard_exports(member: Member, *, states: Iterable[str] = (ExportState.WAITING, ExportState.READY)) -> int:
    """Delete the downloads made for this person, and take back those that wait. Returns how many."""
    open_ones = DataExport.objects.filter(member=member, state__in=list(states))
    discarded: int = open_ones.update(state=ExportState.GONE, archive=None)
    return discarded


def discard_expired_exports(*, now: datetime) -> int:
    """Delete the archives whose time is over; that one was made stays on record. Returns how many."""
    expired = DataExport.objects.filter(state=ExportState.READY, expires_at__lte=now)
    discarded: int = expired.update(state=ExportState.GONE, archive=None)
    return discarded


def forget_expired_sessions(*, now: datetime) -> int:
    """Delete the sessions that ended before now. Returns how many."""
    deleted, _ = Session.objects.filter(expire_date__lt=now).delete()
    return deleted
