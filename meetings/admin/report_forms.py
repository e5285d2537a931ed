"""What staff say about a meeting tool's report: its files, its columns, and who its people are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from meetings.actions import Said
from meetings.enums import PersonChoice, WhereRecorded
from meetings.report_files import FilesField
from privacy import legible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from meetings.models import Meeting, ReportPerson
    from members.models import Member

COLUMNS = {
    "name": "Name",
    "first_name": "First name, where there is no whole name",
    "last_name": "Last name, where there is no whole name",
    "email": "E-mail address",
    "joined": "Joined at",
    "left": "Left at",
    "minutes": "Minutes or duration",
    "role": "Role (host, organizer)",
}
ONLY_DURATIONS = "none"


class UploadForm(legible.Form):
    chosen = FilesField(
        label="Report of the meeting tool (CSV)",
        help_text="If the call was restarted, choose the reports of all its parts at once.",
        error_messages={"empty": "This file is empty.", "required": "Choose the file that the meeting tool gave you."},
    )


class ColumnsForm(legible.Form):
    """Which column is what, by its heading."""

    def __init__(self, *args: Any, headings: Sequence[str], meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headings = list(headings)
        choices = [("", "–"), *((str(place), heading[:60]) for place, heading in enumerate(headings))]
        for name, label in COLUMNS.items():
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)
        self.fields["clock"] = forms.ChoiceField(
            label="The times are by",
            choices=[
                (meeting.zone, f"the meeting's clock ({meeting.zone})"),
                ("UTC", "universal time (UTC)"),
                (ONLY_DURATIONS, "no clock: count the durations only"),
            ],
        )
        self.fields["day_first"] = forms.BooleanField(
            label="The day stands before the month (20/01/2027)", required=False
        )

    @staticmethod
    def initial_of(mapping: dict[str, Any]) -> dict[str, Any]:
        places = {name: "" if mapping[name] is None else str(mapping[name]) for name in COLUMNS}
        return {**places, "clock": mapping["clock"] or ONLY_DURATIONS, "day_first": mapping["day_first"]}

    def mapping(self) -> dict[str, Any]:
        data = self.cleaned_data
        places = {name: int(data[name]) if data[name] else None for name in COLUMNS}
        clock = "" if data["clock"] == ONLY_DURATIONS else data["clock"]
        return {"headings": self.headings, **places, "clock": clock, "day_first": data["day_first"]}


class PersonForm(legible.Form):
    """One person of the report. Whose line it is stands in the prefix, not in a field that could be changed."""

    who = forms.ChoiceField(label="This is")
    guest_name = forms.CharField(label="Guest's name", max_length=120, required=False)
    facilitator = forms.BooleanField(label="as facilitator", required=False)

    def __init__(self, data: Any, *, person: ReportPerson, members: Iterable[Member]) -> None:
        chosen = f"m{person.member_id}" if person.member_id else person.choice
        initial = {
            "who": chosen,
            "guest_name": person.guest_name or person.name,
            "facilitator": person.is_facilitator or (person.choice == PersonChoice.OPEN and person.is_host),
        }
        super().__init__(data, prefix=f"p{person.pk}", initial=initial)
        named = {member.pk: member for member in members}
        if person.member:
            named[person.member.pk] = person.member
        people = [(f"m{pk}", f"{member.name} ({member.email or 'no e-mail'})") for pk, member in named.items()]
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            (PersonChoice.OPEN, "– to decide –"),
            *people,
            (PersonChoice.GUEST, "a guest, by name"),
            (PersonChoice.OUT, "nobody: leave out"),
        ]

    def said(self) -> Said:
        who = self.cleaned_data["who"]
        is_member = who.startswith("m")
        return Said(
            choice=PersonChoice.MEMBER if is_member else who,
            member_id=int(who[1:]) if is_member else None,
            guest_name=self.cleaned_data["guest_name"],
            is_facilitator=self.cleaned_data["facilitator"],
        )


class ImportForm(legible.Form):
    where_recorded = forms.ChoiceField(
        label="Where somebody is recorded and confirmed already", choices=WhereRecorded, widget=forms.RadioSelect,
        initial=WhereRecorded.KEEP,
    )  # fmt: skip
    reason = forms.CharField(
        label="Why what is recorded changes",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 40}),
        help_text="Needed unless you keep it. Stands in the record of each change, with your name.",
    )
