"""Notices: written by one, read and released by another. The pages beside the form show exactly what would go out."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from members.enums import Level
from members.http import signed_in
from notices import actions
from notices.admin.course import Course
from notices.admin.persons import named
from notices.admin.previews import Previews
from notices.enums import NoticeState
from notices.forms import CorrectionForm, NoticeForm, notice_form
from notices.kinds import in_words, kinds, meetings
from notices.models import Notice, Topic
from notices.moments import in_zone
from privacy.kept_forms import KeptForms
from privacy.read_only import NeverDeleted

TEXT = ("title", "slug", "subject", "body", "page", "rfp", "meeting")
CORRECTION = ("title", "slug", "what_changed", *TEXT[2:])
TYPED = {"title": "Title", "what_changed": "What is different", "body": "Text"}  # what cannot be ticked once more
WHAT_BECAME = ("state", "version", "corrects", "writer", "releaser", "when", "released_at")


class AboutFilter(admin.SimpleListFilter):
    title = "what it is about"
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return Topic.objects.to_write_about()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(subject=self.value()) if self.value() else queryset


@admin.register(Notice)
class NoticeAdmin(NeverDeleted, KeptForms, Previews, Course):
    # A draft nobody wants is cancelled, and stays to be read.
    form = NoticeForm
    list_display = ["title", "about", "state", "writer", "releaser", "when"]
    writer, releaser = named("drafted_by"), named("released_by")
    list_filter = ["state", AboutFilter]
    list_select_related = ["drafted_by", "released_by"]
    search_fields = ["title"]
    show_full_result_count = False
    view_on_site = False  # a draft has no page
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["about", "to_members", "narrowed", "about_meeting", *WHAT_BECAME]
    change_form_template = "admin/notices/notice/change_form.html"
    pages = {**Previews.pages, **Course.pages}

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.with_topic_label()

    @admin.display(description="about", ordering="subject")
    def about(self, notice: Notice) -> str:
        return notice.get_subject_display()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state == NoticeState.DRAFT)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = CorrectionForm if obj and obj.corrects_id else notice_form()
        return super().get_form(request, obj, change, **{"form": form, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        became = (("What became of it", {"fields": WHAT_BECAME}),) if obj else ()
        if obj and not self.has_change_permission(request, obj):  # read only: words, and not a list of codes
            fields = CORRECTION if obj.corrects_id else TEXT
            text = [{"meeting": "about_meeting", "subject": "about"}.get(field, field) for field in fields]
            whom = ("to_members", "to_subscribers", "narrowed")
            return [(None, {"fields": text}), ("For whom", {"fields": whom}), *became]
        if obj and obj.corrects_id:  # it goes to those who got the first
            return [(None, {"fields": CORRECTION}), *became]
        narrower = [f"for_{key}" for key in kinds()]
        typed = any(f"for_{key}" in request.POST for key in kinds())
        folded = [] if typed or (obj and obj.audience) else ["collapse"]  # what narrows it is seen at once
        words = "Only members who meet every kind chosen here; of one kind, any of what is ticked."
        return [
            (None, {"fields": TEXT}),
            ("For whom", {"fields": ("levels", "to_subscribers")}),
            ("Narrower", {"fields": narrower, "description": words, "classes": folded}),
            *became,
        ]

    @admin.display(description="to members")
    def to_members(self, notice: Notice) -> str:
        return ", ".join(Level(level).label for level in notice.levels) or "–"

    @admin.display(description="narrowed to")
    def narrowed(self, notice: Notice) -> str:
        return "; ".join(f"{kind}: {values}" for kind, values in in_words(notice)) or "–"

    @admin.display(description="about the meeting")
    def about_meeting(self, notice: Notice) -> str:
        offered = meetings()
        return (offered.words(notice.meeting) if offered and notice.meeting else {}).get("meeting", "–")

    @admin.display(description="time", ordering="scheduled_for")
    def when(self, notice: Notice) -> str:
        return in_zone(notice.scheduled_for, notice.zone) if notice.scheduled_for else "–"

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Notice, form: Any, change: bool) -> None:
        actions.save_draft(obj, by=signed_in(request), read=request.POST.get("draft", ""))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """With the mark of the draft as this person opened it; of the draft as it is now once they were told."""
        refusal, opened = getattr(request, "refusal", None), request.POST.get("draft", "")
        if context["original"] and (not opened or (refusal and refusal.code == "changed_meanwhile")):
            opened = Notice.objects.get(pk=context["original"].pk).fingerprint
        return super().render_change_form(request, {**context, "draft": opened}, *args, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        response._csp_update = {"frame-src": [SELF]}  # type: ignore[attr-defined]  # the preview beside the form
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and self._is_too_late(request, object_id):
            return self._not_kept(request, int(object_id))
        may = {"may_release": self.has_release_permission(request), "may_correct": self.has_add_permission(request)}
        return super().change_view(request, object_id, form_url, {**may, **(extra_context or {})})

    def _not_kept(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What was typed, to be copied: the notice has its words, and these go nowhere by themselves."""
        notice = self._notice(request, pk)
        typed = [(label, request.POST.get(name, "")) for name, label in TYPED.items()]
        context = {
            "notice": notice, "why": actions.why_no_draft(notice), "typed": [(label, text) for label, text in typed if text]
        }  # fmt: skip
        return self._page(request, "not_kept", f"Not saved: {notice}", context, status=409)

    def _is_too_late(self, request: HttpRequest, object_id: str) -> bool:
        """Released or cancelled by somebody else while this person wrote on it."""
        may_write = super().has_change_permission(request)
        return may_write and object_id.isdecimal() and not Notice.objects.to_release().filter(pk=object_id).exists()
