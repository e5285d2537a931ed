"""Claims in the staff's room: queues, what is needed to decide at a glance, and decisions asked about first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from members.http import reauthenticate, recently_authenticated, signed_in
from privacy.confirmation import apply_to_each, is_confirmed, own_address
from privacy.logged_reads import LoggedReads
from privacy.read_only import ReadOnly
from stipends.admin.decisions import DECISIONS, REVIEWS, STANDS, Decision, refusals
from stipends.chain import verify_chain
from stipends.enums import PAYMENT_WARN_DAYS, ClaimState
from stipends.evidence import answers_for, corrections_since, hints_for, risk_hints
from stipends.forms import ReasonForm
from stipends.models import Claim
from stipends.payments import REFERENCE
from stipends.reports import over_budget
from stipends.rules import clock_tag, unmet, waiting_days
from stipends.steps import last_digests
from stipends.trail import trail_of
from stipends.words import evidence_in_words

if TYPE_CHECKING:
    from django.db.models import QuerySet

AT_ONCE = 100
TRAIL = ["stipends.view_claim", "stipends.view_paymentbatch", "stipends.view_enrollment", "meetings.view_attendance"]


class QueueFilter(admin.SimpleListFilter):
    """The work that waits, by who does it."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("verify", "To verify"),
            ("approve", "To approve"),
            ("batch", "To put into a batch"),
            ("pay", "Sent to the payer"),
            ("review", "Denied, to look at again"),
            ("due", "Waiting 20 days or longer"),
            ("overdue", "Waiting 30 days or longer"),
            ("corrected", "Attendance corrected after they were sent or paid"),
            ("returned", "Waiting for the person"),
            ("paid", "Paid"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        queues = {
            "verify": queryset.to_verify,
            "approve": queryset.to_approve,
            "batch": queryset.to_batch,
            "pay": queryset.to_pay,
            "review": queryset.to_review,
            "due": lambda: queryset.waiting_since(timezone.now() - timedelta(days=PAYMENT_WARN_DAYS)),
            "overdue": lambda: queryset.overdue(timezone.now()),
            "corrected": queryset.to_look_at_again,
            "returned": lambda: queryset.filter(state=ClaimState.RETURNED),
            "paid": lambda: queryset.filter(state=ClaimState.PAID),
        }
        return queues.get(self.value() or "", queryset.all)()


@admin.register(Claim)
class ClaimAdmin(ReadOnly, LoggedReads):
    reads = "a stipend claim"
    why = "deciding on stipends"
    list_display = ["reference", "member", "state", "clock", "dollars", "meeting_on", "meeting"]
    list_filter = [QueueFilter, "state", "meeting_on"]
    list_select_related = ["member", "meeting"]
    search_fields = ["member__name"]
    search_help_text = "A name, or a reference such as C-000012."
    show_full_result_count = False
    list_per_page = AT_ONCE
    actions = list(DECISIONS)

    @admin.display(description="amount", ordering="amount")
    def dollars(self, claim: Claim) -> str:
        return f"${claim.amount}"

    @admin.display(description="waits", ordering="submitted_at")
    def clock(self, claim: Claim) -> str:
        now = timezone.now()
        days, tag = waiting_days(claim, now), clock_tag(claim, now)
        if days is None:
            return "–"
        words = {"tag-warn": ", due soon", "tag-stop": ", overdue"}.get(tag, "")
        return format_html('<span class="tag {}">{} {}{}</span>', tag, days, "day" if days == 1 else "days", words)

    def get_ordering(self, request: HttpRequest) -> Any:
        """A queue starts with whoever waits longest; the whole list with the newest."""
        return ["submitted_at", "pk"] if request.GET.get(QueueFilter.parameter_name) else []

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        reference = REFERENCE.match(search_term.strip())
        if reference:
            return queryset.filter(pk=int(reference[1])), False
        return super().get_search_results(request, queryset, search_term)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        allowed = super().get_actions(request)
        return {
            name: action for name, action in allowed.items() if name in DECISIONS and DECISIONS[name].is_for(request)
        }

    def get_action(self, action: Any) -> Any:
        decision = DECISIONS.get(action)
        if decision is None:
            return super().get_action(action)

        def decide(model_admin: ClaimAdmin, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            return model_admin.decide(request, queryset, decision)

        return decide, decision.name, decision.title

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":
            # Each decision is a transaction of its own; around all of them, two people's locks could wait crosswise.
            return admin.ModelAdmin.changelist_view(self, request, extra_context)
        return super().changelist_view(request, extra_context)

    def decide(self, request: HttpRequest, queryset: QuerySet[Any], decision: Decision) -> HttpResponse | None:
        """Ask first; on yes, do it to each claim by itself."""
        if not decision.is_for(request):
            raise PermissionDenied
        if decision.proves_identity and not recently_authenticated(request):
            return reauthenticate(request, keep=True)
        chosen = queryset.select_related("member", "meeting", "policy", "batch").order_by("pk")[:AT_ONCE]
        form = ReasonForm(request.POST if is_confirmed(request) else None) if decision.needs_words else None
        if not is_confirmed(request) or (form is not None and not form.is_valid()):
            if away := own_address(request):
                return away
            return self._ask(request, list(chosen), decision, form)
        by, now = signed_in(request), timezone.now()
        words = form.cleaned_data["reason"] if form else ""

        def act(claim: Claim) -> object:
            return decision.act(claim, by=by, words=words, seen=request.POST.get(f"seen_{claim.pk}", ""), now=now)

        apply_to_each(request, chosen, act, done=decision.done)
        return None

    @transaction.atomic
    def _ask(
        self, request: HttpRequest, claims: list[Claim], decision: Decision, form: ReasonForm | None
    ) -> HttpResponse:
        refused = refusals(decision, claims, by=signed_in(request), now=timezone.now())
        seen, hints = last_digests(claim.pk for claim in claims), hints_for(claims)
        context = {
            **self.admin_site.each_context(request),
            "title": decision.title,
            "decision": decision,
            "will": [(claim, seen.get(claim.pk, ""), hints[claim.pk]) for claim in claims if claim.pk not in refused],
            "total": sum((claim.amount for claim in claims if claim.pk not in refused), Decimal("0.00")),
            "refused": [(claim, refused[claim.pk]) for claim in claims if claim.pk in refused],
            "over_budget": over_budget(claims) if decision.name == "approve_claims" else [],
            "form": form,
            "opts": self.model._meta,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        self._record(request, "claims before a decision", subjects=self.subject_ids(claims), count=len(claims))
        status = 422 if form is not None and form.errors else 200
        return TemplateResponse(request, "admin/stipends/decide.html", context, status=status).render()

    @transaction.atomic
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All that a decision needs on one page. Read only: what can be done here are the decisions."""
        claim = self.get_object(request, object_id)
        if not self.has_view_permission(request, claim) or request.method != "GET":
            raise PermissionDenied
        if claim is None:
            return redirect("admin:stipends_claim_changelist")
        self._record(request, self.reads, subject=claim.member)
        now, by = timezone.now(), signed_in(request)
        answers = answers_for([claim], now=now)[claim.pk]
        offered = [decision for decision in DECISIONS.values() if decision.is_for(request)]
        if not claim.review_asked_at:
            offered = [decision for decision in offered if decision.name not in REVIEWS]
        corrections = corrections_since(claim)
        if not corrections:
            offered = [decision for decision in offered if decision.name != STANDS]
        context = {
            **self.admin_site.each_context(request),
            "corrections": corrections,
            "title": claim.reference,
            "claim": claim,
            "answers": [(condition, evidence_in_words(condition.evidence)) for condition in answers],
            "missing": unmet(answers),
            "events": claim.events.select_related("actor"),
            "faults": verify_chain(claim),
            "may_trail": request.user.has_perms(TRAIL),
            "hints": risk_hints(claim),
            "days": waiting_days(claim, now),
            "clock": clock_tag(claim, now),
            "decisions": [
                (decision, refusals(decision, [claim], by=by, now=now).get(claim.pk)) for decision in offered
            ],
            "opts": self.opts,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/stipends/claim.html", context).render()

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [path("<int:number>/trail/", wrap(self.trail), name="stipends_claim_trail"), *super().get_urls()]

    @transaction.atomic
    def trail(self, request: HttpRequest, number: int) -> HttpResponse:
        """From the payment back to the room: for those who may see each thing on the way."""
        if not request.user.has_perms(TRAIL):
            raise PermissionDenied
        claim = get_object_or_404(self.get_queryset(request), pk=number)
        self._record(request, "the trail of a stipend claim", subject=claim.member)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{claim.reference}: from the payment back to the room",
            "claim": claim,
            "trail": trail_of(claim, now=timezone.now()),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/stipends/trail.html", context).render()

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset = super().get_queryset(request)
        people = ["member", "entered_by", "attendance_confirmed_by", "verified_by", "approved_by"]
        return queryset.select_related("meeting", "policy", "batch", *people)
