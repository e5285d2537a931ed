"""Who came, every step of how that was recorded, and the meeting tool's reports it was read from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from meetings.enums import (
    AttendanceRole,
    AttendanceSource,
    MeetingTool,
    PersonChoice,
    ReportKind,
    ReportState,
    WhereRecorded,
)
from meetings.models.meetings import Meeting
from meetings.querysets import AttendanceEventQuerySet, AttendanceQuerySet, ToolReportQuerySet


class Attendance(models.Model):
    """One person was at one meeting, in a role. What a stipend rests on once staff have confirmed it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendances")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    guest_name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=12, choices=AttendanceRole, default=AttendanceRole.PARTICIPANT)
    source = models.CharField(max_length=6, choices=AttendanceSource)
    minutes = models.PositiveSmallIntegerField(help_text="Minutes present.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="recorded_attendances",
        help_text="Empty: a guest who checked in.",
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="confirmed_attendances",
        help_text="The one of the staff who saw that the person was there.",
    )

    notice = models.ForeignKey(
        "privacy.ConsentNotice", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="A guest's who checked in: the version that stood beside the form.",
    )  # fmt: skip

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member"], name="attendance_one_per_member"),
            models.CheckConstraint(condition=Q(member__isnull=False) | ~Q(guest_name=""), name="attendance_says_who"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | Q(member__isnull=True) | ~Q(confirmed_by=F("member")),
                name="attendance_not_confirmed_by_oneself",
            ),
            models.CheckConstraint(condition=Q(role__in=AttendanceRole.values), name="attendance_role_is_known"),
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=False) | Q(source="self"), name="attendance_says_who_recorded_it"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.meeting}"

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.guest_name

    @property
    def steps(self) -> models.QuerySet[AttendanceEvent]:
        """Its record, the newest step first."""
        return AttendanceEvent.objects.filter(number=self.pk)


class AttendanceEvent(models.Model):
    """One step of an attendance: recorded, confirmed, corrected or taken back, by whom and why. Append-only.

    What it was before stands beside what it became, so that any past moment can be read back (``as_of``).
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendance_events")
    number = models.BigIntegerField(help_text="The attendance's number; its row may be gone.")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="attendance_events"
    )
    guest_name = models.CharField("guest", max_length=120, blank=True)
    was_present = models.BooleanField("recorded before")
    role_before = models.CharField(max_length=12, choices=AttendanceRole, blank=True)
    minutes_before = models.PositiveSmallIntegerField(null=True)
    was_confirmed = models.BooleanField("confirmed before")
    is_present = models.BooleanField("recorded")
    role = models.CharField(max_length=12, choices=AttendanceRole, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    is_confirmed = models.BooleanField("confirmed")
    source = models.CharField(max_length=6, choices=AttendanceSource)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="attendance_steps",
        help_text="Empty: a guest who checked in.",
    )  # fmt: skip
    report = models.ForeignKey("ToolReport", on_delete=models.PROTECT, null=True, related_name="events")
    at = models.DateTimeField()

    objects = AttendanceEventQuerySet.as_manager()

    class Meta:
        verbose_name = "step of an attendance"
        verbose_name_plural = "steps of attendances"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_present=True, minutes__isnull=False) & ~Q(role="")
                | Q(is_present=False, was_present=True, minutes__isnull=True, role="", is_confirmed=False),
                name="attendance_event_says_what_it_became",
            ),
            models.CheckConstraint(
                condition=Q(was_present=True, minutes_before__isnull=False) & ~Q(role_before="")
                | Q(was_present=False, minutes_before__isnull=True, role_before="", was_confirmed=False),
                name="attendance_event_says_what_it_was",
            ),
        ]
        indexes = [
            models.Index(fields=["number", "id"], name="attendance_event_by_number"),
            models.Index(fields=["member", "meeting"], name="attendance_event_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.name}"

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.guest_name

    @property
    def is_correction(self) -> bool:
        """What staff had confirmed became something else."""
        return self.was_confirmed

    @property
    def what(self) -> str:
        if not self.is_present:
            return "Taken back"
        if not self.was_present:
            return (
                "Recorded" if self.is_confirmed else "Checked in" if self.source == "self" else "Recorded unconfirmed"
            )
        if self.was_confirmed:
            return "Corrected" if self.is_confirmed else "Confirmation taken back"
        return "Confirmed" if self.is_confirmed else "Changed"

    @property
    def before_text(self) -> str:
        return _words(self.was_present, self.role_before, self.minutes_before, self.was_confirmed)

    @property
    def after_text(self) -> str:
        return _words(self.is_present, self.role, self.minutes, self.is_confirmed)


def _words(is_present: bool, role: str, minutes: int | None, is_confirmed: bool) -> str:
    if not is_present:
        return "not recorded"
    words = f"{AttendanceRole(role).label.lower()}, {minutes} minutes"
    return words if is_confirmed else f"{words}, not confirmed"


class ToolReport(models.Model):
    """A meeting tool's report that staff gave us. What it says of people is kept until it is imported, or for some days."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="tool_reports")
    kind = models.CharField(max_length=10, choices=ReportKind)
    tool = models.CharField(
        max_length=5, choices=MeetingTool, blank=True, help_text="Which tool wrote it, as staff said of a poll report."
    )
    state = models.CharField(max_length=7, choices=ReportState, default=ReportState.REVIEW)
    texts = models.JSONField(
        null=True,
        help_text="What stands in the files, of a poll report without any name; empty once they are done with.",
    )
    checksum = models.CharField(max_length=64, help_text="SHA-256 over the files.")
    mapping = models.JSONField(default=dict, help_text="Which column is what, as staff said.")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="uploaded_reports")
    uploaded_at = models.DateTimeField()
    where_recorded = models.CharField(
        "where somebody is recorded already", max_length=7, choices=WhereRecorded, default=WhereRecorded.KEEP
    )
    reason = models.CharField(max_length=300, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="confirmed_reports"
    )
    confirmed_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0, help_text="People to import.")
    done = models.PositiveIntegerField(default=0, help_text="Of them looked at so far.")
    outcome = models.JSONField(default=dict, help_text="Numbers only.")
    fault = models.CharField(max_length=300, blank=True, help_text="Why it was not imported.")
    finished_at = models.DateTimeField(null=True)

    objects = ToolReportQuerySet.as_manager()

    class Meta:
        verbose_name = "meeting tool's report"
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["done", "gone"], texts__isnull=True, finished_at__isnull=False)
                | Q(state__in=["review", "waiting"], texts__isnull=False, finished_at__isnull=True),
                name="tool_report_is_kept_until_it_is_done_with",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["review", "gone"]) | Q(confirmed_by__isnull=False),
                name="tool_report_imported_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["state", "uploaded_at"], name="tool_report_queue")]

    def __str__(self) -> str:
        return f"Report {self.pk}"

    @property
    def is_in_review(self) -> bool:
        return self.state == ReportState.REVIEW

    @property
    def is_waiting(self) -> bool:
        return self.state == ReportState.WAITING


class ReportPerson(models.Model):
    """One person as a report on attendance names them, and what staff say becomes of it. Gone with the import."""

    report = models.ForeignKey(ToolReport, on_delete=models.CASCADE, related_name="people")
    place = models.PositiveIntegerField(help_text="Order in the report.")
    name = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)
    is_host = models.BooleanField(default=False, help_text="The tool calls them host or organizer.")
    lines = models.PositiveIntegerField(default=1, help_text="Lines of the file that are this person.")
    spans = models.JSONField(default=list, help_text="When they were there: pairs of times, in order.")
    without_times = models.PositiveIntegerField(default=0, help_text="Seconds for which there is a duration alone.")
    seconds = models.PositiveIntegerField(help_text="Present, nothing twice, within the meeting.")
    choice = models.CharField(max_length=6, choices=PersonChoice, default=PersonChoice.OPEN)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="report_lines"
    )
    guest_name = models.CharField(max_length=120, blank=True)
    is_matched = models.BooleanField(default=False, help_text="The address in the report is the person's own here.")
    is_facilitator = models.BooleanField(default=False)
    is_checked = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "report people"
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["report", "place"], name="report_person_once_per_place"),
            models.CheckConstraint(
                condition=Q(choice="member", member__isnull=False)
                | Q(choice="guest", member__isnull=True) & ~Q(guest_name="")
                | Q(choice__in=["open", "out"], member__isnull=True),
                name="report_person_is_a_member_or_a_guest_or_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"Line {self.place} of {self.report}"

    @property
    def minutes(self) -> int:
        return max(1, round(self.seconds / 60)) if self.seconds else 0
