"""What staff fill in for a person: the questions of the person's own pages, and how the person was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from meetings.enums import Answer
from meetings.models import Meeting, Workgroup
from members.enums import Asked, Level
from members.models import ParticipantCategory
from members.rules import must_confirm_expectations
from privacy import legible
from privacy.enums import Language, NoticeKey, RequestKind
from privacy.models import ConsentNotice
from privacy.reading import NoticeFields
from stipends.enums import ClaimState
from stipends.models import Claim
from stipends.rules import offers

if TYPE_CHECKING:
    from members.models import Member

TICKS = forms.CheckboxSelectMultiple
NOTICE_READ = "I gave or read them the notice in force, and they agreed"


class HelpForm(legible.Form):
    """About one person. ``now`` decides what is still open."""

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the person."""


class AskedForm(HelpForm):
    how = forms.ChoiceField(label="How did they ask you?", choices=Asked)
    field_order: list[str] | None = None


class AgreeForm(AskedForm, NoticeFields):
    """The notice in force, read to somebody: which text, and in which language it was told."""

    key = NoticeKey.MEMBERSHIP
    language = forms.ChoiceField(
        label="In which language did you tell it to them?",
        choices=Language,
        help_text="Yours or an interpreter's words. Kept with the text that you chose.",
    )
    agreed = forms.BooleanField(label="I read or gave them the whole notice, and they agreed")

    def prepare(self) -> None:
        self.offer(ConsentNotice.objects.readable(self.key))
        self.order_fields(["how", "notice", "language", "agreed"])


class AgreeToStipendsForm(AgreeForm):
    key = NoticeKey.STIPEND


class ReasonForm(HelpForm):
    reason = forms.CharField(max_length=200, help_text="Kept with the membership; the person can see it.")


class LetterForm(AskedForm):
    """The answer to it is a page to print: the code on it is not kept and cannot be shown again."""


class AnswerForm(AskedForm):
    meeting = forms.ModelChoiceField(Meeting.objects.none())
    answer = forms.ChoiceField(choices=Answer)
    need = forms.CharField(label="What they need to take part", required=False, max_length=500)
    language = forms.CharField(required=False, max_length=40)
    needs_interpreter = forms.BooleanField(required=False)
    note = forms.CharField(label="Note to the organizers", required=False, max_length=500)

    def prepare(self) -> None:
        self.fields["meeting"].queryset = Meeting.objects.upcoming(timezone.now())  # type: ignore[attr-defined]


class OfferForm(HelpForm):
    offered = forms.CharField(
        label="What you offered, in a word",
        max_length=100,
        help_text="Such as: a ride, another day, a smaller piece of work. Nothing about health or money: the person "
        "sees it on their data page, and staff on the record.",
    )


class WorkgroupsForm(AskedForm):
    workgroups = forms.ModelMultipleChoiceField(Workgroup.objects.order_by("name"), required=False, widget=TICKS)

    def prepare(self) -> None:
        self.initial.setdefault("workgroups", list(self.member.workgroups.all()))


class CategoriesForm(AskedForm):
    categories = forms.ModelMultipleChoiceField(ParticipantCategory.objects.none(), required=False, widget=TICKS)

    def prepare(self) -> None:
        self.in_force = ParticipantCategory.objects.in_force(timezone.localdate())
        self.fields["categories"].queryset = self.in_force  # type: ignore[attr-defined]
        self.initial.setdefault("categories", list(self.member.categories.all()))

    def clean(self) -> dict[str, Any]:
        return {**(super().clean() or self.cleaned_data), "offered": self.in_force}


class DataRequestForm(AskedForm):
    kind = forms.ChoiceField(choices=RequestKind)
    details = forms.CharField(required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class DeceasedForm(ReasonForm):
    on = forms.DateField(label="Day of death", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="How you know", max_length=200, help_text="Such as: their sister called.")


class ReturnForm(ReasonForm):
    level = forms.ChoiceField(choices=Level)
    agreed = forms.BooleanField(label="They confirmed what this level expects", required=False)
    notice_read = forms.BooleanField(label=NOTICE_READ)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if must_confirm_expectations(data.get("level", "")) and not data.get("agreed"):
            self.add_error("agreed", "This level needs their confirmation.")
        return data


class EnrollForm(AskedForm):
    notice_read = forms.BooleanField(label=NOTICE_READ)
    agreed = forms.BooleanField(label="They told me that the program is for them: they have lived experience")
    supplier_number = forms.CharField(required=False, max_length=20)
    wants_help = forms.BooleanField(label="They want help to register as a supplier", required=False)


class ClaimForm(AskedForm):
    meeting = forms.ModelChoiceField(Meeting.objects.none(), help_text="Meetings that they can claim for.")
    amount = forms.DecimalField(max_digits=6, decimal_places=2, help_text="Dollars.")
    attested = forms.BooleanField(label="They told me that nobody else pays them for their time at this meeting")

    def prepare(self) -> None:
        open_ones = [offer.meeting.pk for offer in offers(self.member, timezone.now()) if offer.can_claim]
        self.fields["meeting"].queryset = Meeting.objects.filter(pk__in=open_ones)  # type: ignore[attr-defined]


class QuestionForm(AskedForm):
    claim = forms.ModelChoiceField(Claim.objects.none())
    words = forms.CharField(label="Their answer", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    amount = forms.DecimalField(max_digits=6, decimal_places=2, help_text="Dollars.")

    def prepare(self) -> None:
        returned = Claim.objects.filter(member=self.member, state=ClaimState.RETURNED)
        self.fields["claim"].queryset = returned  # type: ignore[attr-defined]
