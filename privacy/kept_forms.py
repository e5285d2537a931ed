"""Admin forms that lose nothing: what an action refuses stands above the form, with all that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import transaction

from cop_portal.errors import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class KeptForms(admin.ModelAdmin):
    """A ModelAdmin whose saving may refuse (``Refused``). The form is then shown again with the sentence."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            # Kept on the request: an admin object is shared by all. The second time the form is not valid.
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        refusal: Refused | None = getattr(request, "refusal", None)
        if refusal is None:
            return form

        class RefusedForm(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                data = super().clean()
                self.add_error(None, str(refusal))
                return data

        return RefusedForm
