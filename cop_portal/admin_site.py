"""The staff's room: Django admin behind the portal's own sign-in, with the work queues first."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from cop_portal.work_queues import work_queues
from members.http import signed_in
from privacy import legible
from privacy.models import ConsentNotice


class OwnLookups(admin.ModelAdmin):
    """A list that is filtered by its own columns, and by other tables only where it offers that.

    Django lets the address ask through any table that points here: ``?enrollments__isnull=False`` on the list of people
    would say who has lived experience, to staff who may not open a single enrollment.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        name = lookup.partition("__")[0]
        try:
            points_here = not self.opts.get_field(name).concrete
        except FieldDoesNotExist:
            points_here = False
        offered = {getattr(item, "parameter_name", item) for item in self.get_list_filter(request)}
        return super().lookup_allowed(lookup, value, request) and (not points_here or lookup in offered)


class LegibleForms(admin.ModelAdmin):
    """The forms that Django makes from a model refuse what cannot be read, like those we wrote."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return legible.legible(super().get_form(request, obj, change, **kwargs))


class PortalAdminSite(admin.AdminSite):
    site_header = "Staff's room"
    site_title = "Staff's room"
    index_title = "Work to do"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        own = admin_class or admin.ModelAdmin
        super().register(model_or_iterable, type(own.__name__, (OwnLookups, LegibleForms, own), {}), **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """No sign-in of its own: allauth's page counts tries and asks for the second factor, this one would not."""
        response: HttpResponse = secure_admin_login(_is_in_already)(request)
        return response

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One place for passwords: allauth's page asks who is there again, and tells the person by mail."""
        return redirect("account_change_password")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """No form here completes names: Django's view would list people to anybody who may see them, unrecorded."""
        raise PermissionDenied

    def get_urls(self) -> list[Any]:
        """Django's "view on site" leads anybody of the staff to any row, and its address says what a draft is called."""
        address = path(
            "r/<path:content_type_id>/<path:object_id>/", self.admin_view(_view_on_site), name="view_on_site"
        )
        return [address, *(entry for entry in super().get_urls() if getattr(entry, "name", "") != "view_on_site")]

    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """One's own recent actions, without those on what one may no longer see: whoever changes groups leaves it."""
        kinds = ContentType.objects.get_for_models(*self._registry)
        seen = [
            kind.pk
            for model, kind in kinds.items()
            if request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
        ]
        return LogEntry.objects.filter(content_type__in=seen)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """templates/admin/index.html lists ``work_queues`` (label, url, count, permission) above the models.

        Above them a banner where whoever works here has a new notice about their own data to answer (``unanswered``).
        """
        own = {
            "work_queues": work_queues(request),
            "unanswered": ConsentNotice.objects.unanswered_by(signed_in(request)),
        }
        return super().index(request, {**own, **(extra_context or {})})


def _is_in_already(request: HttpRequest) -> HttpResponse:
    """Django's own form would take passwords here, uncounted, and sign somebody else in without their second factor."""
    return redirect("admin:index")


def _view_on_site(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseBase:
    kind = ContentType.objects.filter(pk=content_type_id).first() if content_type_id.isdigit() else None
    if kind is None or not request.user.has_perm(f"{kind.app_label}.view_{kind.model}"):
        raise PermissionDenied
    return shortcut(request, content_type_id, object_id)
