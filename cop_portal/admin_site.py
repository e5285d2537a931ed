"""The staff's room: Django admin behind the portal's own sign-in, with the work queues first."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from cop_portal.work_queues import work_queues


class PortalAdminSite(admin.AdminSite):
    site_header = "Staff's room"
    site_title = "Staff's room"
    index_title = "Work to do"

    login = secure_admin_login(admin.AdminSite.login)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """templates/admin/index.html lists ``work_queues`` (label, url, count, permission) above the models."""
        return super().index(request, {"work_queues": work_queues(request), **(extra_context or {})})
