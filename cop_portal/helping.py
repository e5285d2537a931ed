"""Help this person: the page from which staff do things for somebody who cannot do them here.

Each act names the right it needs; what it does is the same action that the person's own page would call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cop_portal import closing, helping_forms, on_behalf
from cop_portal.errors import Refused
from members import actions as memberships
from members.enums import Asked, Closed
from members.http import signed_in
from members.models import Member
from privacy.logged_reads import record_look
from privacy.models import ConsentNotice

if TYPE_CHECKING:
    from collections.abc import Callable

    from cop_portal.helping_forms import HelpForm

MEMBERSHIP, STIPENDS = "members.change_member", "stipends.enter_claim"
OPEN = ""
FOUND_AT_MOST = 20


@dataclass(frozen=True)
class Act:
    """One thing that can be done for a person: for whom, by whom, what is asked, and what then happens."""

    title: str
    right: str
    form: type[HelpForm]
    do: Callable[..., object]
    closed_as: tuple[str, ...] = (OPEN,)

    def is_for(self, request: HttpRequest, member: Member) -> bool:
        state = member.closed_as if not member.is_active else OPEN
        return request.user.has_perm(self.right) and state in self.closed_as


def _come_back(member: Member, data: dict[str, Any], **who: Any) -> None:
    said = {name: data[name] for name in ("level", "agreed", "reason")}
    memberships.come_back(member, **said, **who)


def _close(member: Member, data: dict[str, Any], **who: Any) -> None:
    closing.close_membership(member, reason=data["reason"], **who)


def _mark_deceased(member: Member, data: dict[str, Any], **who: Any) -> None:
    closing.mark_deceased(member, on=data["on"], reason=data["reason"], **who)


def _correct_deceased(member: Member, data: dict[str, Any], **who: Any) -> None:
    closing.correct_deceased(member, reason=data["reason"], **who)


def _print_code(member: Member, data: dict[str, Any], **who: Any) -> str:
    return memberships.print_code(member, reason=f"Asked {Asked(data['how']).label.lower()}", **who)


ACTS: dict[str, Act] = {
    "answer": Act("Answer an invitation", MEMBERSHIP, helping_forms.AnswerForm, on_behalf.answer_invitation),
    "workgroups": Act("Choose workgroups", MEMBERSHIP, helping_forms.WorkgroupsForm, on_behalf.choose_workgroups),
    "categories": Act("Say who they are", MEMBERSHIP, helping_forms.CategoriesForm, on_behalf.choose_categories),
    "data-request": Act("Ask about their data", MEMBERSHIP, helping_forms.DataRequestForm, on_behalf.ask_about_data),
    "offer": Act("Note that you offered help", MEMBERSHIP, helping_forms.OfferForm, on_behalf.offer_help),
    "letter": Act("Print a letter with a code", MEMBERSHIP, helping_forms.LetterForm, _print_code),
    "agree": Act("Read them the notice", MEMBERSHIP, helping_forms.AgreeForm, on_behalf.agree),
    "close": Act("Close the membership at their wish", MEMBERSHIP, helping_forms.ReasonForm, _close),
    "come-back": Act("Take them in again", MEMBERSHIP, helping_forms.ReturnForm, _come_back, (Closed.LEFT,)),
    "deceased": Act(
        "Record that they have died", MEMBERSHIP, helping_forms.DeceasedForm, _mark_deceased,
        (OPEN, Closed.LEFT, Closed.DEACTIVATED),
    ),
    "not-deceased": Act(
        "They live: correct the record", MEMBERSHIP, helping_forms.ReasonForm, _correct_deceased, (Closed.DECEASED,)
    ),
    "agree-stipends": Act(
        "Read them the stipend notice", STIPENDS, helping_forms.AgreeToStipendsForm, on_behalf.agree_to_stipends
    ),
    "enroll": Act("Enroll them for stipends", STIPENDS, helping_forms.EnrollForm, on_behalf.enroll),
    "claim": Act("Claim a stipend", STIPENDS, helping_forms.ClaimForm, on_behalf.claim),
    "question": Act(
        "Answer a question about a claim", STIPENDS, helping_forms.QuestionForm, on_behalf.answer_question
    ),
    "stipend-consent": Act(
        "Withdraw their stipend consent", STIPENDS, helping_forms.AskedForm, on_behalf.withdraw_stipend_consent
    ),
}  # fmt: skip


@require_safe
@transaction.atomic
def find(request: HttpRequest) -> HttpResponse:
    """Find somebody by name. Each search is written down with whom it showed."""
    _check_right(request)
    words = request.GET.get("q", "").strip()
    found = list(Member.objects.filter(name__icontains=words).order_by("name", "pk")[:FOUND_AT_MOST]) if words else []
    if found:
        why = "helping a person"
        record_look(request, "names found", why=why, subjects=[row.pk for row in found], count=len(found))
    return _page(request, "admin/portal/help_find.html", {"title": "Help a person", "words": words, "found": found})


@require_safe
@transaction.atomic
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What can be done for this person, and what was."""
    _check_right(request)
    member = _whom(request, pk)
    acts = [(slug, act) for slug, act in ACTS.items() if act.is_for(request, member)]
    context = {
        "title": f"Help {member}",
        "member": member,
        "acts": acts,
        "unanswered": ConsentNotice.objects.unanswered_by(member),
        "events": member.events.select_related("by")[:20] if request.user.has_perm("members.view_memberevent") else [],
    }
    return _page(request, "admin/portal/help.html", context)


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask what is needed, and do it. An act that is not for this person or this member of staff does not exist."""
    _check_right(request)
    member, wanted = _whom(request, pk), ACTS.get(slug)
    if wanted is None or not wanted.is_for(request, member):
        raise Http404
    form = wanted.form(request.POST if request.method == "POST" else None, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            done = wanted.do(member, form.cleaned_data, by=signed_in(request), now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if wanted.form is helping_forms.LetterForm:
                return _page(
                    request,
                    "admin/portal/letter.html",
                    {"title": "Letter", "member": member, "code": done, "public_url": settings.PUBLIC_URL},
                )
            messages.success(request, f"Done for {member}: {wanted.title.lower()}.")
            return redirect("help_person", pk=member.pk)
    context = {"title": wanted.title, "member": member, "form": form}
    return _page(request, "admin/portal/help_act.html", context, status=422 if form.errors else 200)


def _check_right(request: HttpRequest) -> None:
    if not (request.user.has_perm(MEMBERSHIP) or request.user.has_perm(STIPENDS)):
        raise PermissionDenied


def _whom(request: HttpRequest, pk: int) -> Member:
    member = get_object_or_404(Member, pk=pk)
    record_look(request, "a person to help", why="helping a person", subject=member)
    return member


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)
