"""Press and social entries: what appeared elsewhere, noted by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from members.http import signed_in
from notices.forms import MentionForm
from notices.models import Mention
from privacy.read_only import NeverDeleted


@admin.register(Mention)
class MentionAdmin(NeverDeleted, admin.ModelAdmin):
    form = MentionForm
    list_display = ["where", "kind", "appeared_on", "notice", "partner", "logged_by"]
    list_filter = ["kind"]
    list_select_related = ["notice", "partner", "logged_by"]
    search_fields = ["where", "remark"]
    show_full_result_count = False
    date_hierarchy = None
    readonly_fields = ["logged_by", "logged_at"]

    def save_model(self, request: HttpRequest, obj: Mention, form: Any, change: bool) -> None:
        if not change:
            obj.logged_by, obj.logged_at = signed_in(request), timezone.now()
        super().save_model(request, obj, form, change)
