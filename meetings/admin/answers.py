"""Who is coming: everybody's answer, an answer on behalf of somebody, and guests to be told by phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.admin.answer_forms import GuestAnswerForm, MemberAnswerForm
from meetings.enums import Answer
from meetings.models import Meeting, Rsvp
from members.http import signed_in
from members.models import Member
from privacy.enums import NoticeKey
from privacy.logged_reads import record_look
from privacy.models import ConsentNotice

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

FOUND_AT_MOST = 20
WHY = "preparing a meeting"


@transaction.atomic
def answers_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Everybody's answer, the line, and who has more than there is. POST ticks off that a caller was told."""
    if request.method == "POST":
        row = get_object_or_404(meeting.rsvps.all(), pk=_number(request.POST.get("told")))
        if actions.told_by_phone(row, seen=request.POST.get("seen", "")):
            messages.success(request, f"{row.name} is told.")
        else:
            messages.error(request, "There is something newer to tell. Please look again.")
        return redirect(request.path)
    rows = list(meeting.rsvps.select_related("member", "accommodation").order_by("waiting_since", "pk"))
    for row in rows:
        row.meeting = meeting
    words = request.GET.get("q", "").strip()
    found = find(words)
    context = {
        "rows": [row for row in rows if not row.is_waiting or row.is_offered],
        "waiting": [row for row in rows if row.is_waiting and not row.is_offered],
        "to_tell": [row for row in rows if row.to_tell],
        "counts": _counts(rows),
        "over": over_capacity(meeting),
        "words": words,
        "found": found,
        "can_rsvp": rules.can_rsvp(meeting, timezone.now()),
    }
    shown = [*(row.member_id for row in rows), *(member.pk for member in found)]
    if shown:
        record_look(request, "answers to a meeting", why=WHY, subjects=shown, count=len(shown))
    return page(site, request, "admin/meetings/answers.html", meeting, context)


@transaction.atomic
def answer_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """One person's answer with all that goes with it: a member's (``?member=``), a guest's (``?guest=``), a new guest's."""
    member, row = _whom(request, meeting)
    form = _form(request, meeting, member, row)
    can_rsvp = rules.can_rsvp(meeting, timezone.now())
    if request.method == "POST" and can_rsvp and form.is_valid():
        try:
            saved = _save(request, meeting, form, member, row)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said(saved))
            return redirect("admin:meetings_meeting_answers", meeting.pk)
    if member or row:
        name = "an answer to a meeting"
        record_look(request, name, why=WHY, subject=member, subjects=[] if member else [None])
    context = {"form": form, "member": member, "row": row, "can_rsvp": can_rsvp}
    return page(
        site, request, "admin/meetings/answer.html", meeting, context, status=422 if form.is_bound else 200
    )  # fmt: skip


def over_capacity(meeting: Meeting) -> list[Rsvp]:
    """Those who have or are held a seat beyond what the room has, the last answers first: nobody loses theirs by it."""
    if meeting.capacity is None:
        return []
    held = meeting.rsvps.holding().select_related("member").order_by("-answered_at", "-pk")
    return list(held[: max(held.count() - meeting.capacity, 0)])


def warn_if_over(request: HttpRequest, meeting: Meeting) -> None:
    """After a change of the seats: staff learn that there are too few, for nobody is dropped."""
    if over := len(over_capacity(meeting)) if meeting.is_published else 0:
        people = "person has" if over == 1 else "people have"
        words = f"{over} more {people} a seat than there are now. Nobody loses theirs: see “Answers”, and talk to them."
        messages.warning(request, words)


def find(words: str) -> list[Member]:
    if len(words) < 2:
        return []
    found = Member.objects.active().filter(Q(name__icontains=words) | Q(email__icontains=words))
    return list(found.order_by("name", "pk")[:FOUND_AT_MOST])


def page(
    site: AdminSite, request: HttpRequest, template: str, meeting: Meeting, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {**site.each_context(request), "meeting": meeting, "opts": Meeting._meta, "title": f"Answers: {meeting}"}
    return render(request, template, {**shared, **context}, status=status)


def _counts(rows: list[Rsvp]) -> dict[str, int]:
    """How many of each kind, in the words of the page."""
    counts = {str(label): 0 for label in ("In person", "A seat on offer", "Waiting", "Online", "Do not know yet", "No")}
    names = {Answer.IN_PERSON: "In person", Answer.ONLINE: "Online", Answer.UNDECIDED: "Do not know yet"}
    for row in rows:
        waits = "A seat on offer" if row.is_offered else "Waiting" if row.is_waiting else ""
        counts[waits or names.get(Answer(row.answer), "No")] += 1
    return counts


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else 0


def _whom(request: HttpRequest, meeting: Meeting) -> tuple[Member | None, Rsvp | None]:
    if "member" in request.GET:
        member = get_object_or_404(Member.objects.active(), pk=_number(request.GET["member"]))
        return member, meeting.rsvps.of(member).first()
    if "guest" in request.GET:
        rows = meeting.rsvps.filter(member__isnull=True)
        return None, get_object_or_404(rows, pk=_number(request.GET["guest"]))
    return None, None


def _form(request: HttpRequest, meeting: Meeting, member: Member | None, row: Rsvp | None) -> Any:
    data = request.POST if request.method == "POST" else None
    initial: dict[str, Any] = {}
    if row is not None:
        need = getattr(row, "accommodation", None)
        initial = {name: getattr(row, name) for name in ("answer", "language", "needs_interpreter", "note")}
        initial["need"] = need.need if need and need.state != "withdrawn" else ""
    elif member is not None:
        initial = {"language": member.language, "needs_interpreter": member.needs_interpreter}
    if member is not None:
        return MemberAnswerForm(data, meeting=meeting, initial=initial)
    form = GuestAnswerForm(data, meeting=meeting, initial=initial, known=row)
    form.offer(ConsentNotice.objects.readable(NoticeKey.GUEST))
    return form


def _save(request: HttpRequest, meeting: Meeting, form: Any, member: Member | None, row: Rsvp | None) -> Rsvp:
    data = form.cleaned_data
    details = actions.Details(**{name: data[name] for name in ("language", "needs_interpreter", "note", "need")})
    said: dict[str, Any] = {
        "answer": data["answer"], "details": details, "how": data["how"], "by": signed_in(request),
        "now": timezone.now(),
    }  # fmt: skip
    if member is not None:
        return actions.answer_for_member(meeting, member=member, **said)
    guest = (
        actions.Guest(row.guest_name, row.guest_email, row.guest_phone)
        if row
        else actions.Guest(data["name"], data["email"], data["phone"])
    )
    return actions.answer_for_guest(meeting, guest=guest, notice_id=data["notice"], **said)


def _said(row: Rsvp) -> str:
    told = "They are told by mail." if row.address else "Nothing is mailed: tell them yourself."
    whose = " (a member: the answer is theirs)" if row.member_id else ""
    return f"Answer of {row.name}{whose} saved: {row.answer_text}. {told}"
