"""Notices: written by one, read and released by another. The pages beside the form show exactly what would go out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from cop_portal.errors import Refused
from members.enums import Level
from members.http import signed_in
from members.models import Member
from notices import actions
from notices.audience import addressees
from notices.enums import DeliveryState, NoticeState
from notices.forms import NoticeForm, PreviewForm, ReleaseForm
from notices.markup import to_html
from notices.message import READER, share_notice
from notices.models import Delivery, Notice, Topic
from privacy.kept_forms import KeptForms
from privacy.logged_reads import record_look
from privacy.read_only import NeverDeleted

SHOWN = 500  # recipients on the page; the counts are of all
# Our own mail, but with words that somebody typed: by itself, running nothing, fetching nothing.
INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class AboutFilter(admin.SimpleListFilter):
    title = "about"
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return Topic.objects.to_write_about()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(subject=self.value()) if self.value() else queryset


@admin.register(Notice)
class NoticeAdmin(NeverDeleted, KeptForms):
    # A draft nobody wants is cancelled, and stays to be read.
    form = NoticeForm
    list_display = ["title", "about", "state", "drafted_by", "released_by", "scheduled_for"]
    list_filter = ["state", AboutFilter]
    list_select_related = ["drafted_by", "released_by"]
    search_fields = ["title"]
    show_full_result_count = False
    view_on_site = False  # a draft has no page
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["to_members", "state", "drafted_by", "released_by", "scheduled_for", "released_at"]
    change_form_template = "admin/notices/notice/change_form.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.with_topic_label()

    @admin.display(description="about", ordering="subject")
    def about(self, notice: Notice) -> str:
        return notice.get_subject_display()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state == NoticeState.DRAFT)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [field for field in super().get_fields(request, obj) if field != "to_members"]
        if obj and not self.has_change_permission(request, obj):  # read only, levels are words and not a list of codes
            fields[fields.index("levels")] = "to_members"
        return fields

    @admin.display(description="to members")
    def to_members(self, notice: Notice) -> str:
        return ", ".join(Level(level).label for level in notice.levels) or "–"

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.release_notice")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Notice, form: Any, change: bool) -> None:
        actions.save_draft(obj, by=signed_in(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and self._is_too_late(request, object_id):
            messages.error(request, "This notice is not a draft any more; your changes were not kept.")
            return HttpResponseRedirect(request.path)
        progress = {
            "progress": _progress(object_id),
            "may_release": self.has_release_permission(request),
            "may_cancel": self.has_release_permission(request),
        }
        return super().change_view(request, object_id, form_url, {**progress, **(extra_context or {})})

    def _is_too_late(self, request: HttpRequest, object_id: str) -> bool:
        """Released or cancelled by somebody else while this person wrote on it."""
        may_write = super().has_change_permission(request)
        return may_write and object_id.isdecimal() and not Notice.objects.to_release().filter(pk=object_id).exists()

    def get_urls(self) -> list[URLPattern]:
        def page(name: str, view: Any) -> URLPattern:
            return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"notices_notice_{name}")

        own = [
            page("preview", self.preview), page("preview-html", self.preview_html), page("recipients", self.recipients),
            page("test", self.test), page("release", self.release), page("cancel", self.cancel),
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    @transaction.atomic
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Subject line and text as this person would get them; the HTML part is a page of its own."""
        notice = self._notice(request, pk)
        form = PreviewForm(request.GET or None)
        person, name = _person(form, signed_in(request))
        text, _ = _as_for(notice, name)
        if person is not None and person != request.user:  # an address leads to a name
            record_look(request, "the name in a preview", why="releasing a notice", subject=person)
        context = {"notice": notice, "form": form, "name": name, "text": text, "person": person}
        return self._page(request, "preview", f"Preview: {notice}", context)

    @transaction.atomic
    def preview_html(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = self._notice(request, pk)
        person, name = _person(PreviewForm(request.GET or None), signed_in(request))
        if person is not None and person != request.user:
            record_look(request, "the name in a preview", why="releasing a notice", subject=person)
        return HttpResponse(_as_for(notice, name)[1], headers={"Content-Security-Policy": INERT})

    @transaction.atomic
    def recipients(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The exact list: who gets it, who does not, and why. Looking at it is written down."""
        notice = self._notice(request, pk)
        people = list(addressees(notice, timezone.localdate()))
        shown = people[:SHOWN]
        ids = [person.member_id for person in shown]
        record_look(request, "recipients of a notice", why="releasing a notice", subjects=ids, count=len(people) or 1)
        context = {"notice": notice, "people": shown, "more": len(people) - len(shown), **_counts(people)}
        return self._page(request, "recipients", f"Recipients: {notice}", context)

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it to oneself, marked as a test."""
        notice = self._notice(request, pk)
        if not (super().has_change_permission(request) or self.has_release_permission(request)):
            raise PermissionDenied  # who only reads sends nothing
        if request.method == "POST":
            try:
                actions.send_test(notice, to=signed_in(request), now=timezone.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, "The test is on its way to you.")
        return self._back(pk)

    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page on which somebody else decides: the words, the numbers, and when."""
        notice = self._notice(request, pk, release=True)
        form = ReleaseForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                actions.release(notice, by=signed_in(request), at=form.cleaned_data["at"], now=timezone.now())
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, notice, "Released")
                messages.success(request, "Released. The sending starts within a minute of its time.")
                return self._back(pk)
        people = list(addressees(notice, timezone.localdate()))
        context = {"notice": notice, "form": form, "body": to_html(notice.body), **_counts(people)}
        return self._page(request, "release", f"Release: {notice}", context, status=422 if form.errors else 200)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = self._notice(request, pk, release=True)
        if request.method == "POST":
            try:
                stopped = actions.cancel(notice, by=signed_in(request), now=timezone.now())
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                self.log_change(request, notice, "Cancelled")
                messages.success(request, f"Cancelled; {stopped} messages were stopped.")
            return self._back(pk)
        return self._page(request, "cancel", f"Cancel: {notice}", {"notice": notice})

    def _notice(self, request: HttpRequest, pk: int, *, release: bool = False) -> Notice:
        allowed = self.has_release_permission(request) if release else self.has_view_permission(request)
        if not allowed:
            raise PermissionDenied
        return get_object_or_404(Notice.objects.select_related("rfp", "drafted_by"), pk=pk)

    def _page(
        self, request: HttpRequest, name: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shared = self.admin_site.each_context(request)
        template = f"admin/notices/notice/{name}.html"
        return render(request, template, {**shared, "title": title, **context}, status=status)

    def _back(self, pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:notices_notice_change", args=[pk]))


def _counts(people: list[Any]) -> dict[str, Any]:
    skipped = Counter(person.skipped for person in people if person.skipped)
    return {"getting": len(people) - skipped.total(), "skipped": skipped.most_common()}


def _person(form: PreviewForm, asking: Member) -> tuple[Member | None, str]:
    """Whose mail is shown: the member with this address, or the one who asks."""
    if not form.is_valid() or not form.cleaned_data["person"]:
        return asking, asking.name
    person = Member.objects.filter(email=form.cleaned_data["person"].lower()).first()
    return person, person.name if person else READER


def _as_for(notice: Notice, name: str) -> tuple[str, str]:
    """The parts as that person gets them. The links are made up: a preview must not unsubscribe anybody."""
    links = {"unsubscribe": "https://example.org/stop", "preferences": "https://example.org/choose"}
    return share_notice(notice).for_person(name=name, **links)


def _progress(pk: str) -> list[tuple[str, int, str]]:
    """How many messages of the notice stand where: (state, how many, value to filter by)."""
    if not pk.isdecimal():
        return []
    rows = Delivery.objects.filter(notice_id=int(pk)).order_by().values_list("state").annotate(n=Count("pk"))
    by_state = dict(rows)
    return [(state.label, by_state[state], state.value) for state in DeliveryState if state in by_state]
