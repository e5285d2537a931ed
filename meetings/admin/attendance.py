"""The tick list: who was there, on a phone in the room or at a desk. One page; each tap is saved where there is script."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions
from meetings.admin.attendance_forms import GuestForm, ReasonForm, TickForm
from meetings.admin.people_search import find_members
from meetings.enums import Answer, AttendanceRole
from meetings.models import Attendance, Meeting, Rsvp
from meetings.rules import runs_as_facilitator
from meetings.turnout import turnout
from members.http import signed_in
from members.models import Member
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

PAGE = 100


@dataclass
class Line:
    """One person of the list, with what is recorded, what they answered, and the boxes of the line."""

    key: str
    name: str
    member: Member | None = None
    row: Attendance | None = None
    rsvp: Rsvp | None = None
    form: Any = None
    is_in_conflict: bool = False
    is_found: bool = False
    refused: str = ""


def attendance_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Everybody who is expected, was recorded, facilitates or was searched for; ticks are saved from the start on."""
    if request.method == "POST":
        return _save(site, request, meeting)
    return _list_page(site, request, meeting)


def _save(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    lines = _lines(meeting, _posted_keys(meeting, request), data=request.POST)
    guest, why = GuestForm(request.POST), ReasonForm(request.POST)
    refused, in_conflict = "", []
    if all([form.is_valid() for form in (*(line.form for line in lines), guest, why)]):  # noqa: C419 - each shows its own
        try:
            saved = _record(request, meeting, lines, guest, why)
        except Refused as refusal:
            refused = str(refusal)
            why.add_error("reason" if refusal.code == "no_reason" else None, refused)
        else:
            in_conflict = _clashes(lines, saved)
            if len(in_conflict) < len(saved.conflicts):
                guest.add_error("guest", "A guest of this name is recorded already. Add what tells them apart.")
            else:
                guest = GuestForm()  # saved: sent again with the list, it would be the same guest once more
            if not saved.conflicts and not request.headers.get("HX-Request"):
                return redirect(request.get_full_path())
    if request.headers.get("HX-Request"):
        return _line(request, meeting, lines, refused=refused, in_conflict=in_conflict)
    return _list_page(site, request, meeting, lines, guest, why, in_conflict)


def _record(
    request: HttpRequest, meeting: Meeting, lines: list[Line], guest: GuestForm, why: ReasonForm
) -> actions.Saved:
    """Save what was ticked, and say on the page what became of it."""
    ticks = [_tick(line) for line in lines]
    name, by = guest.cleaned_data["guest"], signed_in(request)
    if name:
        ticks.append(actions.Tick(present=True, minutes=meeting.minutes, guest_name=name, seen="-"))
    saved = actions.record_attendance(
        meeting, ticks=ticks, by=by, reason=why.cleaned_data["reason"], now=timezone.now()
    )
    if request.headers.get("HX-Request"):
        return saved
    if saved.conflicts:
        messages.warning(request, f"Saved, but for {len(saved.conflicts)} that somebody else changed meanwhile.")
    else:
        was = "was" if saved.present == 1 else "were"
        messages.success(request, f"Saved: {saved.present} of these {was} there.")
    if any(tick.present and tick.member_id == by.pk for tick in ticks):
        messages.warning(request, "Your own line is saved; somebody else has to confirm it.")
    return saved


def _clashes(lines: list[Line], saved: actions.Saved) -> list[Line]:
    """The lines that somebody else had changed meanwhile."""
    clashes = {(tick.member_id, tick.guest_name) for tick in saved.conflicts}
    return [line for line in lines if (line.member and line.member.pk, "" if line.member else line.name) in clashes]


def _tick(line: Line) -> actions.Tick:
    data = line.form.cleaned_data
    return actions.Tick(
        present=data["present"],
        minutes=data["minutes"],
        role=AttendanceRole.FACILITATOR if data["facilitator"] else AttendanceRole.PARTICIPANT,
        member_id=line.member.pk if line.member else None,
        guest_name="" if line.member else line.name,
        seen=data["seen"] or None,
    )


def _line(
    request: HttpRequest,
    meeting: Meeting,
    lines: list[Line],
    *,
    refused: str = "",
    in_conflict: list[Line] | None = None,
) -> HttpResponse:
    """After one tap: the line as it is now, and how many are recorded."""
    if not lines:
        return redirect(request.get_full_path())
    shown = lines[0]
    if shown.form.errors:
        [fresh] = _again([shown], meeting, request.POST)
    else:
        [fresh] = _lines(meeting, {shown.key: shown.name})
        fresh.refused, fresh.is_in_conflict = refused, bool(in_conflict)
    context = {
        "line": fresh,
        "meeting": meeting,
        "count": _recorded(meeting),
        "is_one_tap": True,
        "here": request.get_full_path(),
    }
    return render(request, "admin/meetings/_attendance_line.html", context)


def _again(lines: list[Line], meeting: Meeting, data: Any) -> list[Line]:
    """The lines with what was typed, knowing now what stands there: sent once more, they put it in its place."""
    fresh = {line.key: line for line in _lines(meeting, {line.key: line.name for line in lines})}
    typed = data.copy()
    for key, line in fresh.items():
        typed[f"{key}-seen"] = actions.seen_of(line.row)
        line.form = TickForm(typed, prefix=key, longest=meeting.minutes)
        line.form.is_valid()
    return list(fresh.values())


@transaction.atomic
def _list_page(
    site: AdminSite,
    request: HttpRequest,
    meeting: Meeting,
    posted: list[Line] | None = None,
    guest: GuestForm | None = None,
    why: ReasonForm | None = None,
    in_conflict: list[Line] | None = None,
) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    everybody = _everybody(meeting)
    on_list = {key: name for key, name in everybody.items() if words.casefold() in name.casefold()}
    page = Paginator(list(on_list.items()), PAGE).get_page(request.GET.get("page"))
    found = {f"m{member.pk}": member.name for member in find_members(words) if f"m{member.pk}" not in on_list}
    lines = _lines(meeting, {**dict(page.object_list), **found}, found=set(found) - set(everybody))
    if posted is not None:
        kept = {line.key: line for line in (_again(in_conflict, meeting, request.POST) if in_conflict else posted)}
        for line in kept.values():
            line.is_in_conflict = bool(in_conflict)
        lines = [kept.get(line.key, line) for line in lines]
    context = {
        "lines": lines, "page_obj": page, "words": words, "guest": guest or GuestForm(initial={"guest": words if not lines else ""}),
        "why": why or ReasonForm(), "has_begun": timezone.now() >= meeting.starts_at, "is_over": meeting.is_over(timezone.now()),
        "turnout": turnout(meeting), "count": _recorded(meeting), "here": request.get_full_path(),
    }  # fmt: skip
    if lines:
        shown = [line.member.pk if line.member else None for line in lines]
        record_look(request, "tick list of a meeting", why="recording who came", subjects=shown, count=len(shown))
    shared = {
        **site.each_context(request),
        "meeting": meeting,
        "opts": Meeting._meta,
        "title": f"Attendance: {meeting}",
    }
    status = 200 if posted is None else 422
    return render(request, "admin/meetings/attendance.html", {**shared, **context}, status=status)


def _recorded(meeting: Meeting) -> int:
    return Attendance.objects.filter(meeting=meeting).count()


def _guest_key(name: str) -> str:
    """A guest's line by its name in the form: it must do as an HTML id, whatever the guest is called."""
    return "g" + hashlib.sha256(name.casefold().encode()).hexdigest()[:16]


def _everybody(meeting: Meeting) -> dict[str, str]:
    """The key and name of everybody who is expected, recorded or facilitates, by name. Three queries, however many."""
    rows = [
        *((pk, name, "") for pk, name in meeting.facilitators.values_list("pk", "name")),
        *Attendance.objects.filter(meeting=meeting).order_by().values_list("member", "member__name", "guest_name"),
        *Rsvp.objects.filter(meeting=meeting)
        .exclude(answer=Answer.NO)
        .order_by()
        .values_list("member", "member__name", "guest_name"),
    ]
    people = {f"m{pk}" if pk else _guest_key(guest): name if pk else guest for pk, name, guest in rows}
    return dict(sorted(people.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


def _posted_keys(meeting: Meeting, request: HttpRequest) -> dict[str, str]:
    """The lines that the posted page showed. A guest is known by the list alone, a member by their number."""
    only = request.POST.get("only")  # one tap
    wanted = {only} if only else set(request.POST.getlist("line"))
    everybody = _everybody(meeting)
    numbers = [key[1:] for key in wanted if key[:1] == "m" and key[1:].isascii() and key[1:].isdigit()]
    members = Member.objects.filter(pk__in=[int(number) for number in numbers if len(number) < 16])
    known = {f"m{member.pk}": member.name for member in members}
    return known | {key: name for key, name in everybody.items() if key in wanted}


def _lines(meeting: Meeting, people: dict[str, str], *, data: Any = None, found: set[str] | None = None) -> list[Line]:
    """A line for each of these, in their order. Five queries, however many."""
    numbers = [int(key[1:]) for key in people if key.startswith("m")]
    members = Member.objects.in_bulk(numbers)
    rows = {
        _row_key(row): row
        for row in Attendance.objects.filter(meeting=meeting).select_related("confirmed_by", "recorded_by")
        if _row_key(row) in people
    }
    rsvps = {_row_key(row): row for row in Rsvp.objects.filter(meeting=meeting) if _row_key(row) in people}
    facilitators = set(meeting.facilitators.values_list("pk", flat=True))
    lines = []
    for key, name in people.items():
        member = members.get(int(key[1:])) if key.startswith("m") else None
        if key.startswith("m") and member is None:
            continue
        row = rows.get(key)
        runs_it = member is not None and runs_as_facilitator(member, facilitators)
        initial = {
            "present": row is not None and row.confirmed_by_id is not None,
            "minutes": row.minutes if row else meeting.minutes,
            "facilitator": row.role == AttendanceRole.FACILITATOR if row else runs_it,
            "seen": actions.seen_of(row),
        }
        form = TickForm(data, prefix=key, initial=initial, longest=meeting.minutes)
        lines.append(Line(key, name, member, row, rsvps.get(key), form, is_found=key in (found or ())))
    return lines


def _row_key(row: Rsvp | Attendance) -> str:
    return f"m{row.member_id}" if row.member_id else _guest_key(row.guest_name)
