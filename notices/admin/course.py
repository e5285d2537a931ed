"""The way of a notice: released by somebody else, held back, corrected, and how far it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cop_portal.errors import Refused
from members.http import reauthenticate, recently_authenticated, signed_in
from notices import actions
from notices.admin.notice_pages import WHY_NOT_AGAIN, NoticePages
from notices.admin.previews import _list
from notices.enums import NOTICE_NEXT, DeliveryState, NoticeState
from notices.forms import ZONES, ReleaseForm
from notices.kinds import in_words, words_of
from notices.markup import NAME, fill, to_html
from notices.message import READER
from notices.models import Call, Delivery, Notice
from notices.moments import in_zone
from privacy.logged_reads import record_look
from privacy.spreadsheet import csv_text

FAILED_SHOWN = 50
UNDER_WAY = (NoticeState.SCHEDULED, NoticeState.SENDING, NoticeState.PAUSED)


class Course(NoticePages):
    pages = {
        "release": "release",
        "take-back": "take_back",
        "pause": "pause",
        "resume": "resume",
        "cancel": "cancel",
        "correct": "correct",
        "progress": "progress",
        "retry": "retry",
        "export": "export",
    }

    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page on which somebody else decides: the words, the numbers, and when."""
        notice = self._notice(request, pk, release=True)
        form = ReleaseForm(request.POST.copy() if request.method == "POST" else None)
        if notice.state != NoticeState.DRAFT:  # a second click, another browser, or "back"
            messages.error(request, actions.why_no_draft(notice))
            return self._to_progress(pk)
        if request.method == "POST" and form.is_valid():
            at, zone, read = form.cleaned_data["at"], form.cleaned_data["zone"], request.POST.get("draft", "")
            try:
                actions.release(notice, by=signed_in(request), at=at, zone=zone, read=read, now=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
                if refusal.code == "changed_meanwhile":
                    form.data.pop("read")  # type: ignore[attr-defined]  # of other words
            else:
                self.log_change(request, notice, "Released")
                when = f"for {in_zone(at, zone)}. It" if at else "now: it"
                messages.success(request, f"Released {when} starts within a minute of its time.")
                return self._back(pk)
        _, counts = _list(notice)
        context = {
            "notice": notice, "form": form, "body": _as_page(notice), "narrowed": in_words(notice), "zones": ZONES, **counts,
        }  # fmt: skip
        return self._page(request, "release", f"Release: {notice}", context, status=422 if form.errors else 200)

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = self._notice(request, pk, release=True)
        if request.method == "POST" and self._try(request, lambda: actions.take_back(notice)):
            self.log_change(request, notice, "Taken back")
            messages.success(request, "It is a draft again; nobody has got it.")
        return self._back(pk)

    def pause(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = self._notice(request, pk, release=True)
        if request.method == "POST":
            held = self._try(request, lambda: actions.pause(notice))
            if held is not None:
                self.log_change(request, notice, "Paused")
                messages.success(request, f"Paused; held back: {held}.")
        return self._to_progress(pk)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = self._notice(request, pk, release=True)
        if request.method == "POST":
            going = self._try(request, lambda: actions.resume(notice, now=timezone.now()))
            if going is not None:
                self.log_change(request, notice, "Resumed")
                messages.success(request, f"It goes on; waiting to be sent: {going}.")
        return self._to_progress(pk)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = self._notice(request, pk, release=True)
        if request.method == "POST":
            by = signed_in(request)
            stopped = self._try(request, lambda: actions.cancel(notice, by=by, now=timezone.now()))
            if stopped is not None:
                self.log_change(request, notice, "Cancelled")
                messages.success(request, f"Cancelled; stopped: {stopped}.")
            return self._back(pk)
        if NoticeState.CANCELLED not in NOTICE_NEXT[NoticeState(notice.state)]:
            messages.error(request, f"Nothing is left to cancel: this notice is {notice.get_state_display().lower()}.")
            return self._back(pk)
        return self._page(request, "cancel", f"Cancel: {notice}", {"notice": notice})

    def correct(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin a new version: a draft like any other, for those who got the first."""
        notice = self._notice(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            draft = self._try(request, lambda: actions.draft_correction(notice, by=signed_in(request)))
            if draft is not None:
                self.log_addition(request, draft, f"Correction of: {notice}")
                messages.success(request, "This is a draft of the correction. It goes to those who got the first.")
                return self._back(draft.pk)
            return self._back(pk)
        return self._page(request, "correct", f"Correct: {notice}", {"notice": notice})

    @transaction.atomic
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is: a page, and the part of it that renews itself while it is being sent."""
        notice = self._notice(request, pk)
        context = {"notice": notice, **self._progress(request, notice)}
        if getattr(request, "htmx", False):
            response = render(request, "admin/notices/notice/_progress.html", context)
            if request.GET.get("seen") != notice.state:  # what can be done about it has changed, too
                response["HX-Refresh"] = "true"
            return response
        context |= {"looked_at": self._looked_at(request, notice), **_compared(notice)}
        return self._page(request, "progress", f"Progress: {notice}", context)

    def _progress(self, request: HttpRequest, notice: Notice) -> dict[str, Any]:
        rows = notice.deliveries.order_by().values_list("state").annotate(n=Count("pk"))
        by_state = dict(rows)
        return {
            "states": [(state.label, by_state[state], state.value) for state in DeliveryState if state in by_state],
            "total": sum(by_state.values()),
            "starts": in_zone(notice.scheduled_for, notice.zone) if notice.scheduled_for else "",
            "done": sum(by_state.get(state, 0) for state in DeliveryState if state not in _OPEN),
            "is_moving": notice.state in UNDER_WAY,
            "failed": by_state.get(DeliveryState.FAILED, 0),
            "sees_deliveries": request.user.has_perm("notices.view_delivery"),
            "may_decide": request.user.has_perm("notices.decide_delivery"),
            "may_export": request.user.has_perm("notices.export_delivery"),
            "to_call": Call.objects.of_notice(notice.pk).filter(told_at__isnull=True).count(),
            "has_started": "start" in notice.counted,
            "may_cancel": NoticeState.CANCELLED in NOTICE_NEXT[NoticeState(notice.state)],
            "has_release_permission": self.has_release_permission(request),
        }

    def _looked_at(self, request: HttpRequest, notice: Notice) -> list[Delivery]:
        """What failed or is unknown, with its address: not in the part that renews itself, for each look is written down."""
        if not request.user.has_perm("notices.view_delivery"):
            return []
        states = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
        rows = list(notice.deliveries.filter(state__in=states).order_by("-state", "pk")[:FAILED_SHOWN])
        if rows:
            ids = [row.member_id for row in rows]
            record_look(
                request, "failed messages of a notice", why="seeing that mail arrives", subjects=ids, count=len(ids)
            )
        return rows

    def _to_progress(self, pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:notices_notice_progress", args=[pk]))

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have all failed messages of the notice sent again."""
        notice = self._notice(request, pk)
        if not request.user.has_perm("notices.decide_delivery"):
            raise PermissionDenied
        if request.method == "POST":
            queued = actions.retry_failed(notice, by=signed_in(request), now=timezone.now())
            left = notice.deliveries.filter(state=DeliveryState.FAILED).count()
            if queued:
                self.log_change(request, notice, f"Failed messages to be sent again: {queued}")
                messages.success(request, f"To be sent again: {queued}.")
            if left:
                messages.warning(request, f"Not tried again: {left}. {WHY_NOT_AGAIN}")
            if not queued and not left:
                messages.info(request, "No message is left that failed: somebody has them sent again already.")
        return self._to_progress(pk)

    @transaction.atomic
    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who got it, as a file: one line for each message, with its state, why, and when."""
        notice = self._notice(request, pk)
        if not request.user.has_perm("notices.export_delivery"):
            raise PermissionDenied
        if not recently_authenticated(request):
            return reauthenticate(request)
        rows = notice.deliveries.select_related("member").order_by("pk")
        kept = rows.only("address", "state", "reason", "attempts", "sent_at", "member__name")
        record_look(
            request, "export of who got a notice", why="seeing that mail arrives",
            subjects=list(rows.values_list("member_id", flat=True)), count=rows.count() or 1,
        )  # fmt: skip
        response = HttpResponse(csv_text(HEADER, (_line(row) for row in kept.iterator(2000))), content_type="text/csv")
        response["Content-Disposition"] = f'attachment; filename="notice-{notice.pk}-recipients.csv"'
        return response


def _as_page(notice: Notice) -> str:
    """Its text as it will stand on its page, with what its placeholders about a meeting stand for just now."""
    return fill(to_html(notice.body), {**words_of(notice), NAME: READER}, html=True)


HEADER = ["Name", "Address", "State", "Why", "Attempts", "Sent (UTC)"]
_OPEN = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDING, DeliveryState.PAUSED)


def _compared(notice: Notice) -> dict[str, Any]:
    """What was counted at the release beside what was counted at the start."""
    before, after = notice.counted.get("release", {}), notice.counted.get("start", {})
    left_out, left_out_after = before.get("skipped", {}), after.get("skipped", {})
    lines = [("get it", before.get("getting", "–"), after.get("getting", "–"))] if notice.counted else []
    lines += [(why, left_out.get(why, 0), left_out_after.get(why, 0)) for why in sorted({*left_out, *left_out_after})]
    return {"counted": lines}


def _line(row: Delivery) -> list[Any]:
    sent = f"{row.sent_at:%Y-%m-%d %H:%M:%S}" if row.sent_at else ""
    return [row.member.name if row.member else "", row.address, row.get_state_display(), row.reason, row.attempts, sent]
