"""Payment batches and the money's overview: for payments staff and the auditor."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from cop_portal.errors import Refused
from members.http import reauthenticate, recently_authenticated, signed_in, was_kept
from privacy.confirmation import is_confirmed
from privacy.logged_reads import LoggedReads
from privacy.read_only import NeverDeleted
from stipends import actions
from stipends.enums import BATCH_MOST, BatchState, ClaimState
from stipends.forms import BatchForm, PaidForm
from stipends.models import Claim, PaymentBatch
from stipends.payments import Payment, checksum
from stipends.querysets import ClaimQuerySet
from stipends.reconciliation import reconcile_batches, reconcile_years
from stipends.reports import over_budget, paid_by_person, paid_years, spending, threshold_for, threshold_tag
from stipends.results import Line, read_result, review
from stipends.rules import refusal_to_download

MANAGE = "stipends.manage_batches"
PAGE = 50
CLAIMS_A_PAGE = 200
FILE_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@admin.register(PaymentBatch)
class PaymentBatchAdmin(NeverDeleted, LoggedReads):
    reads = "a payment batch"
    why = "paying stipends"
    form = BatchForm
    list_display = ["__str__", "state", "payer", "note", "opened_at", "closed_at"]
    list_filter = ["state", "payer"]
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MANAGE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("reconciliation/", wrap(self.reconciliation), name="stipends_paymentbatch_reconciliation"),
            path("overview/", wrap(self.overview), name="stipends_paymentbatch_overview"),
            path("<int:number>/fill/", wrap(self.fill), name="stipends_paymentbatch_fill"),
            path("<int:number>/close/", wrap(self.close), name="stipends_paymentbatch_close"),
            path("<int:number>/paid/", wrap(self.paid), name="stipends_paymentbatch_paid"),
            path("<int:number>/export/", wrap(self.export), name="stipends_paymentbatch_export"),
            path("<int:number>/export.xlsx", wrap(self.sheet), name="stipends_paymentbatch_sheet"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: PaymentBatch, form: Any, change: bool) -> None:
        opened = actions.open_batch(by=signed_in(request), payer=obj.payer, text=obj.note, now=timezone.now())
        obj.pk = opened.pk

    def response_add(self, request: HttpRequest, obj: PaymentBatch, post_url_continue: Any = None) -> HttpResponse:
        messages.success(request, f"{obj} is open.")
        return redirect("admin:stipends_paymentbatch_change", obj.pk)

    @transaction.atomic
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The claims of the batch, what it lacks, and what can be done next."""
        batch = self.get_object(request, object_id)
        if not self.has_view_permission(request, batch) or request.method != "GET":
            raise PermissionDenied
        if batch is None:
            return redirect("admin:stipends_paymentbatch_changelist")
        return self._page(request, "admin/stipends/batch.html", batch, **self._facts(request, batch))

    def _facts(self, request: HttpRequest, batch: PaymentBatch) -> dict[str, Any]:
        page = Paginator(_claims_of(batch), CLAIMS_A_PAGE).get_page(request.GET.get("page"))
        claims = Claim.objects.filter(batch=batch)
        waiting = claims.filter(state=ClaimState.BATCHED).count()
        return {
            "page": page,
            "claims": list(page),
            "total": claims.aggregate(total=Sum("amount"))["total"] or Decimal("0.00"),
            "approved": Claim.objects.to_batch().count() if batch.state == BatchState.OPEN else 0,
            "room": max(BATCH_MOST - page.paginator.count, 0),
            "most": BATCH_MOST,
            "waiting": waiting,
            "no_file": refusal_to_download(batch, waits=waiting > 0, now=timezone.now()),
        }

    def _page(self, request: HttpRequest, template: str, batch: PaymentBatch, **context: Any) -> HttpResponse:
        claims = context.get("claims", [])
        self._record(request, self.reads, subjects=self.subject_ids(claims), count=max(1, len(claims)))
        context = {
            **self.admin_site.each_context(request),
            "title": str(batch),
            "batch": batch,
            "opts": self.opts,
            "may_manage": request.user.has_perm(MANAGE),
            **context,
        }
        status = 422 if context.get("form") is not None and context["form"].errors else 200
        return TemplateResponse(request, template, context, status=status).render()

    def fill(self, request: HttpRequest, number: int) -> HttpResponse:
        batch = _batch_for(request, number)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            added, refusals = actions.fill_batch(batch, by=signed_in(request), now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Added: {len(added)}.")
            for left_out in refusals:
                messages.error(request, str(left_out))
        return redirect("admin:stipends_paymentbatch_change", batch.pk)

    def close(self, request: HttpRequest, number: int) -> HttpResponse:
        """What will be sent and what stands in the way; then the closing itself."""
        batch = _batch_for(request, number)
        if not recently_authenticated(request):
            return reauthenticate(request)
        by, now = signed_in(request), timezone.now()
        if request.method == "POST":
            try:
                actions.close_batch(batch, by=by, now=now)
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, f"{batch} is closed. Download its file and give it to the payer.")
            return redirect("admin:stipends_paymentbatch_change", batch.pk)
        with transaction.atomic():
            claims = list(_claims_of(batch))
            facts = {
                "refusals": actions.refusals_to_close(claims, by=by, now=now),
                "over_budget": over_budget(claims),
                **self._facts(request, batch),
            }
            return self._page(request, "admin/stipends/batch_close.html", batch, **facts)

    def paid(self, request: HttpRequest, number: int) -> HttpResponse:
        """Hold what the payer says against the batch, show what would be written, and write it on the second yes."""
        batch = _batch_for(request, number)
        if not recently_authenticated(request):
            return reauthenticate(request, keep=True)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form, by, now = PaidForm(*sent), signed_in(request), timezone.now()
        found = review(batch, _lines(batch, form.cleaned_data), by=by, now=now) if form.is_valid() else None
        if found and found.pays and not found.wrong and is_confirmed(request) and not was_kept(request):
            try:
                marked = actions.mark_paid(batch, by=by, payments=[payment for _, payment in found.pays], now=now)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"Marked as paid: {len(marked)}.")
                return redirect("admin:stipends_paymentbatch_change", batch.pk)
        with transaction.atomic():
            facts = {"form": form, "review": found, **self._facts(request, batch)}
            page = self._page(request, "admin/stipends/batch_paid.html", batch, **facts)
        if found and (found.wrong or not found.pays):
            page.status_code = 422
        return page

    def export(self, request: HttpRequest, number: int) -> HttpResponse:
        """The frozen file as CSV."""
        batch = _batch_for(request, number)
        return self._file(request, batch, batch.export.encode(), batch.checksum, "csv")

    def sheet(self, request: HttpRequest, number: int) -> HttpResponse:
        """The frozen file as an Excel workbook."""
        batch = _batch_for(request, number)
        return self._file(request, batch, bytes(batch.sheet), batch.sheet_checksum, "xlsx")

    def _file(self, request: HttpRequest, batch: PaymentBatch, content: bytes, kept: str, ending: str) -> HttpResponse:
        """The same bytes each time, while they are needed; each download is written down."""
        if not recently_authenticated(request):
            return reauthenticate(request)
        claims = Claim.objects.filter(batch=batch)
        waits = claims.filter(state=ClaimState.BATCHED).exists()
        refusal = refusal_to_download(batch, waits=waits, now=timezone.now())
        if not refusal and checksum(content) != kept:
            refusal = Refused("The file is not the one that was closed. Please tell the auditor.", code="checksum")
        if refusal:
            messages.error(request, str(refusal))
            return redirect("admin:stipends_paymentbatch_change", batch.pk)
        with transaction.atomic():
            people = batch.claims.values_list("member", flat=True)
            lines = batch.export.count("\r\n") - 1
            self._record(request, f"export of a payment batch ({ending})", subjects=people, count=lines)
            response = HttpResponse(content, content_type=FILE_TYPES[ending])
        response["Content-Disposition"] = f'attachment; filename="batch-{batch.pk}.{ending}"'
        return response

    @transaction.atomic
    def overview(self, request: HttpRequest) -> HttpResponse:
        """Spent and committed by fiscal year; what each person was paid in a calendar year against the threshold."""
        if not request.user.has_perm("stipends.view_paymentbatch"):
            raise PermissionDenied
        years = paid_years()
        asked = request.GET.get("year", "")
        year = int(asked) if asked in map(str, years) else (years[0] if years else timezone.localdate().year)
        threshold = threshold_for(year)
        page = Paginator(paid_by_person(year), PAGE).get_page(request.GET.get("page"))
        people = [{**row, "tag": threshold_tag(row["total"], threshold)} for row in page]
        if people:
            self._record(
                request, "stipends paid, by person", subjects=[row["member"] for row in people], count=len(people)
            )
        context = {
            **self.admin_site.each_context(request),
            "title": "Stipends: the money",
            "fiscal_years": spending(),
            "years": years,
            "year": year,
            "threshold": threshold,
            "page": page,
            "people": people,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/stipends/overview.html", context).render()

    def reconciliation(self, request: HttpRequest) -> HttpResponse:
        """What went to the payer against what became of it: every line must come to zero. No person is named."""
        if not request.user.has_perm("stipends.view_paymentbatch"):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Stipends: reconciliation",
            "batches": reconcile_batches(),
            "years": reconcile_years(),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/stipends/reconciliation.html", context).render()


def _batch_for(request: HttpRequest, number: int) -> PaymentBatch:
    """The batch, for those alone who manage batches."""
    if not request.user.has_perm(MANAGE):
        raise PermissionDenied
    return get_object_or_404(PaymentBatch, pk=number)


def _claims_of(batch: PaymentBatch) -> ClaimQuerySet:
    claims = Claim.objects.filter(batch=batch).select_related("member", "meeting", "policy", "approved_by")
    return claims.with_supplier_number().order_by("pk")


def _lines(batch: PaymentBatch, data: dict[str, Any]) -> list[Line]:
    """The lines as they came, or one for each claim that waits."""
    if data["lines"] or data["file"]:
        return read_result(data["lines"] or data["file"])
    waiting = Claim.objects.filter(batch=batch, state=ClaimState.BATCHED).order_by("pk").values_list("pk", flat=True)
    payments = (Payment(claim, data["paid_on"], data["reference"].strip()) for claim in waiting)
    return [Line(number, payment) for number, payment in enumerate(payments, start=1)]
