"""The staff's room: Django admin behind the portal's own sign-in, with the work queues first."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from cop_portal.work_queues import work_queues


class PortalAdminSite(admin.AdminSite):
    site_header = "Staff's room"
    site_title = "Staff's room"
    index_title = "Work to do"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """No sign-in of its own: allauth's page counts tries and asks for the second factor, this one would not."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """templates/admin/index.html lists ``work_queues`` (label, url, count, permission) above the models."""
        return super().index(request, {"work_queues": work_queues(request), **(extra_context or {})})
