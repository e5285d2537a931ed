"""What the pages beside a notice's form have in common: who may open them, how they look, and where they lead back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from cop_portal.errors import Refused
from notices.models import Notice

WHY_NOT_AGAIN = (
    "Either mail to these addresses is stopped (the list of stopped addresses says why), or the notice is cancelled or "
    "corrected."
)


class NoticePages(admin.ModelAdmin):
    """To mix into the admin of notices. ``pages`` names the methods that answer under /<pk>/<name>/."""

    pages: dict[str, str] = {}

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notices.release_notice")

    def get_urls(self) -> list[URLPattern]:
        own = []
        for name, method in self.pages.items():
            view = self.admin_site.admin_view(getattr(self, method))
            own.append(path(f"<int:pk>/{name}/", view, name=f"notices_notice_{name}"))
        return [*own, *super().get_urls()]

    def _notice(self, request: HttpRequest, pk: int, *, release: bool = False) -> Notice:
        allowed = self.has_release_permission(request) if release else self.has_view_permission(request)
        if not allowed:
            raise PermissionDenied
        return get_object_or_404(Notice.objects.select_related("rfp", "drafted_by", "corrects"), pk=pk)

    def _page(
        self, request: HttpRequest, name: str, title: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shared = self.admin_site.each_context(request)
        template = f"admin/notices/notice/{name}.html"
        return render(request, template, {**shared, "title": title, **context}, status=status)

    def _back(self, pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:notices_notice_change", args=[pk]))

    def _try(self, request: HttpRequest, act: Any) -> Any:
        """What the action gives back; None, and its sentence above the next page, where it refuses."""
        try:
            return act()
        except Refused as refusal:
            messages.error(request, str(refusal))
            return None
