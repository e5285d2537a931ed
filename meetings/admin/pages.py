"""Pages of the staff's room where somebody looks before they act: publish, cancel, attendance."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils import timezone

from cop_portal.errors import Refused
from meetings import actions, rules
from meetings.admin.forms import GuestForm, ShortNoticeForm, TickForm
from meetings.enums import Answer, AttendanceRole
from meetings.expectations import people_to_help
from meetings.models import Attendance, Meeting, Rsvp
from members.http import signed_in
from members.models import Member
from privacy.logged_reads import record_look

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse

FOUND_AT_MOST = 20
HELP_PAGE_SIZE = 50
BLANK_GUESTS = 3


def publish_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Show what will happen; on POST do it, or say why not."""
    form, now = ShortNoticeForm(request.POST if request.method == "POST" else None), timezone.now()
    if form.is_valid():
        try:
            actions.publish(meeting, by=signed_in(request), now=now, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{meeting}” is published.")
            return redirect("admin:meetings_meeting_change", meeting.pk)
    context = {"form": form, "is_short_notice": rules.is_short_notice(meeting.starts_at, now)}
    status = 422 if form.is_bound else 200
    return _page(site, request, "admin/meetings/publish.html", meeting, context, status=status)


def publish_many_page(
    site: AdminSite, request: HttpRequest, drafts: list[Meeting], form: ShortNoticeForm
) -> HttpResponse:
    """Before several drafts are published at once: which ones."""
    context = {
        **site.each_context(request),
        "opts": Meeting._meta,
        "title": "Publish drafts",
        "drafts": drafts,
        "form": form,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return render(request, "admin/meetings/publish_many.html", context, status=422 if form.errors else 200)


@transaction.atomic
def people_to_help_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Contributing members to ask whether they need help; for the membership staff. Each look is written down."""
    if not request.user.has_perm("members.change_member"):
        raise PermissionDenied
    found = Paginator(people_to_help(now=timezone.now()), HELP_PAGE_SIZE).get_page(request.GET.get("page"))
    context = {**site.each_context(request), "opts": Member._meta, "title": "People to help", "page_obj": found}
    shown = [person.pk for person in found]
    with transaction.atomic():
        if shown:
            record_look(request, "people to help", why="offering help", subjects=shown, count=len(shown))
        return render(request, "admin/meetings/people_to_help.html", context)


def attendance_page(site: AdminSite, request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The tick list: one page, one POST, no script."""
    words = request.GET.get("q", "").strip()
    lines = _lines(meeting, words)
    sent = request.POST if request.method == "POST" else None
    guests = [GuestForm(sent, number=number) for number in range(1, BLANK_GUESTS + 1)]
    if request.method == "POST":
        lines = _lines(meeting, words, request.POST)
        ticks = _ticks(lines, guests, request, meeting)
        if ticks is not None:
            try:
                count = actions.record_attendance(meeting, ticks=ticks, by=signed_in(request), now=timezone.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, f"Saved: {count} on this list were there.")
                if any(tick.present and tick.member_id == request.user.pk for tick in ticks):
                    messages.warning(request, "Your own line is saved; somebody else has to confirm it.")
                return redirect(request.path)
    context = {
        "lines": lines,
        "words": words,
        "guests": guests,
        "has_begun": timezone.now() >= meeting.starts_at,
    }
    shown = [line["member"] and line["member"].pk for line in lines]
    if shown:
        record_look(request, "tick list of a meeting", why="recording who came", subjects=shown, count=len(shown))
    status = 422 if request.method == "POST" else 200
    return _page(site, request, "admin/meetings/attendance.html", meeting, context, status=status)


def _lines(meeting: Meeting, words: str, data: Any = None) -> list[dict[str, Any]]:
    """A line for everybody who is expected, was recorded, facilitates or was searched for."""
    known: list[Attendance] = list(Attendance.objects.filter(meeting=meeting).select_related("member", "confirmed_by"))
    rsvps: list[Rsvp] = list(Rsvp.objects.filter(meeting=meeting).exclude(answer=Answer.NO).select_related("member"))
    facilitators = list(meeting.facilitators.all())
    facilitator_pks = {member.pk for member in facilitators}
    everybody: list[Rsvp | Attendance] = [*rsvps, *known]
    people: dict[str, tuple[Member | None, str]] = {}
    for someone in [*facilitators, *(row.member for row in everybody if row.member), *_find(words)]:
        people.setdefault(f"m{someone.pk}", (someone, someone.name))
    for person in everybody:
        if person.member is None:
            people.setdefault(_key(person), (None, person.guest_name))
    rows = {_key(row): row for row in known}
    answers = {_key(row): row for row in rsvps}
    lines = []
    for prefix, (member, name) in sorted(people.items(), key=lambda pair: pair[1][1].casefold()):
        row = rows.get(prefix)
        runs_it = member is not None and (member.pk in facilitator_pks or member.is_facilitator)
        initial = {
            "present": row is not None and row.confirmed_by_id is not None,
            "minutes": row.minutes if row else meeting.minutes,
            "facilitator": row.role == AttendanceRole.FACILITATOR if row else runs_it,
        }
        form = TickForm(data, prefix=prefix, initial=initial, longest=meeting.minutes)
        lines.append({"member": member, "name": name, "row": row, "rsvp": answers.get(prefix), "form": form})
    return lines


def _key(row: Rsvp | Attendance) -> str:
    """A line's name in the form: it must do as an HTML id, whatever the guest is called."""
    if row.member_id:
        return f"m{row.member_id}"
    return "g" + hashlib.sha256(row.guest_name.encode()).hexdigest()[:16]


def _ticks(
    lines: list[dict[str, Any]], guests: list[GuestForm], request: HttpRequest, meeting: Meeting
) -> list[actions.Tick] | None:
    """The list as posted, or None where a line is wrong. Only lines that the posted page showed count."""
    shown = set(request.POST.getlist("line"))
    posted = [line for line in lines if line["form"].prefix in shown]
    if not all([form.is_valid() for form in (*(line["form"] for line in posted), *guests)]):  # noqa: C419 - each line shows its own mistakes
        return None
    ticks = [
        actions.Tick(
            present=line["form"].cleaned_data["present"],
            minutes=line["form"].cleaned_data["minutes"],
            role=_role(line["form"].cleaned_data["facilitator"]),
            member_id=line["member"].pk if line["member"] else None,
            guest_name="" if line["member"] else line["name"],
        )
        for line in posted
    ]
    for guest in guests:
        name = " ".join(guest.cleaned_data["name"].split())
        if name:
            ticks.append(actions.Tick(present=True, minutes=meeting.minutes, guest_name=name))
    return ticks


def _role(is_facilitator: bool) -> str:
    return AttendanceRole.FACILITATOR if is_facilitator else AttendanceRole.PARTICIPANT


def _find(words: str) -> list[Member]:
    if len(words) < 2:
        return []
    found = Member.objects.active().filter(Q(name__icontains=words) | Q(email__icontains=words))
    return list(found.order_by("name", "pk")[:FOUND_AT_MOST])


def _page(
    site: AdminSite, request: HttpRequest, template: str, meeting: Meeting, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {**site.each_context(request), "meeting": meeting, "opts": Meeting._meta, "title": str(meeting)}
    return render(request, template, {**shared, **context}, status=status)
