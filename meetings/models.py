"""Meetings, who said they would come, who came, and what was left behind."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import dateformat, timezone

from meetings.enums import (
    AccommodationState,
    Answer,
    AttendanceRole,
    AttendanceSource,
    Audience,
    Cadence,
    ItemKind,
    MaterialKind,
    MeetingKind,
    MeetingState,
    WorkWhen,
)
from meetings.querysets import (
    AccommodationQuerySet,
    AttendanceQuerySet,
    MaterialQuerySet,
    MeetingQuerySet,
    RsvpQuerySet,
)

if TYPE_CHECKING:
    from datetime import date, datetime


class Duty(models.Model):
    """One of the statute's duties of the community, which agenda items serve."""

    number = models.PositiveSmallIntegerField(unique=True)
    text = models.CharField(max_length=300)

    class Meta:
        verbose_name_plural = "duties"
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class Workgroup(models.Model):
    """A smaller group with a theme, its own meetings and its members."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(unique=True)
    purpose = models.TextField(blank=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="workgroups")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """The rule by which meetings recur: the same weekday of the month, at the same wall-clock time in its zone."""

    title = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=15, choices=MeetingKind, default=MeetingKind.FULL)
    workgroup = models.ForeignKey(Workgroup, on_delete=models.PROTECT, null=True, blank=True, related_name="series")
    cadence = models.CharField(max_length=22, choices=Cadence, default=Cadence.QUARTERLY_AFTER_THREE)
    first_on = models.DateField("first meeting on")
    starts_at = models.TimeField("starts at", help_text="Wall-clock time in the zone; it stays the same all year.")
    minutes = models.PositiveSmallIntegerField("length in minutes", validators=[MinValueValidator(15)])
    zone = models.CharField(max_length=40, default="America/Chicago")
    meetings_planned = models.PositiveSmallIntegerField(
        "number of meetings", validators=[MinValueValidator(1), MaxValueValidator(60)], default=8
    )
    place = models.CharField(max_length=200, blank=True)
    join_url = models.URLField("join link", blank=True)
    capacity = models.PositiveIntegerField("seats in the room", null=True, blank=True)

    class Meta:
        verbose_name_plural = "series"
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class Meeting(models.Model):
    """One meeting. Times are kept in UTC and shown in the meeting's own zone."""

    title = models.CharField(max_length=160)
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=15, choices=MeetingKind, default=MeetingKind.FULL)
    purpose = models.TextField(blank=True, help_text="A sentence or two: what it is for. Markdown.")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings")
    workgroup = models.ForeignKey(Workgroup, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings")
    rfp = models.ForeignKey(
        "notices.Rfp",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="information_sessions",
        help_text="The request for proposals that an information session is about.",
    )
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    zone = models.CharField(max_length=40, default="America/Chicago")
    place = models.CharField(max_length=200, blank=True, help_text="Room and address; empty for online only.")
    join_url = models.URLField("join link", blank=True, help_text="Shown only to those who are going, near the start.")
    capacity = models.PositiveIntegerField("seats in the room", null=True, blank=True, help_text="Empty: no limit.")
    always_provided = models.CharField(
        max_length=200, blank=True, help_text="Access that needs no request, such as live captions."
    )
    facilitators = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="facilitated_meetings")
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.DRAFT, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    cancel_reason = models.CharField(max_length=300, blank=True, editable=False)
    uid = models.CharField(
        max_length=120, unique=True, editable=False, help_text="The calendar's name for it, for life."
    )
    sequence = models.PositiveIntegerField(default=0, editable=False)
    checkin_code = models.CharField(max_length=12, unique=True, editable=False)
    is_historical = models.BooleanField(
        default=False, editable=False, help_text="Held before this portal: its figures were imported as published."
    )

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="meeting_ends_after_it_starts",
                violation_error_message="The meeting must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="meeting_published_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(cancel_reason=""), name="meeting_cancelled_says_why"
            ),
            models.UniqueConstraint(fields=["series", "starts_at"], name="meeting_once_per_series_and_time"),
        ]
        indexes = [models.Index(fields=["state", "starts_at"], name="meeting_by_state_and_start")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("meetings:detail", args=[self.slug])

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def local_start(self) -> datetime:
        return self.starts_at.astimezone(self.tz)

    @property
    def local_end(self) -> datetime:
        return self.ends_at.astimezone(self.tz)

    @property
    def held_on(self) -> date:
        """The calendar date in the meeting's zone: what levels, stipends and categories go by."""
        return self.local_start.date()

    # In words, because a template's date filter would turn them into the server's zone.
    @property
    def date_text(self) -> str:
        return dateformat.format(self.local_start, "l, F j, Y")

    @property
    def time_text(self) -> str:
        if self.is_historical and self.minutes > 23 * 60:
            return "time of day not recorded"
        end = "P" if self.local_end.date() == self.held_on else "P, F j"
        return (
            f"{dateformat.format(self.local_start, 'P')} to {dateformat.format(self.local_end, end)} {self.zone_text}"
        )

    @property
    def zone_text(self) -> str:
        """The zone as people say it and as the tables name it: CST (America/Chicago)."""
        return f"{self.local_start.tzname()} ({self.zone})"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def place_text(self) -> str:
        if not self.place:
            return "Online"
        return f"{self.place}, and online" if self.join_url else self.place

    def timed_agenda(self) -> list[AgendaItem]:
        """The agenda in order, each item with ``time_text``: it starts where the one before it ends."""
        items, start = list(self.agenda_items.all()), self.local_start
        for item in items:
            item.time_text = dateformat.format(start, "P")
            start = (start.astimezone(UTC) + timedelta(minutes=item.minutes)).astimezone(self.tz)
        return items

    def is_over(self, now: datetime) -> bool:
        return self.ends_at <= now

    @property
    def is_published(self) -> bool:
        return self.state == MeetingState.PUBLISHED

    @property
    def is_cancelled(self) -> bool:
        return self.state == MeetingState.CANCELLED

    @property
    def papers_due_on(self) -> date:
        """Slides and recording are promised within two weeks."""
        return self.held_on + timedelta(days=14)


class AgendaItem(models.Model):
    """One timed point of an agenda. It starts where the one before it ends."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda_items")
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=16, choices=ItemKind, default=ItemKind.INFORMATION)
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    time_text: str  # set by Meeting.timed_agenda
    presenter = models.CharField(max_length=120, blank=True)
    notes = models.TextField(blank=True, help_text="Markdown.")
    duties = models.ManyToManyField(Duty, blank=True, related_name="agenda_items")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1),
                name="agenda_item_takes_time",
                violation_error_message="An agenda item takes at least a minute.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open_discussion(self) -> bool:
        """Here public attendees give input too; at other items only full and specialty members do."""
        return self.kind == ItemKind.OPEN_DISCUSSION


class Rsvp(models.Model):
    """One person's answer to one meeting: a member's, or a guest's confirmed by a link in a mail."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="rsvps")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="rsvps"
    )
    guest_name = models.CharField(max_length=120, blank=True)
    guest_email = models.EmailField(blank=True)
    answer = models.CharField(max_length=10, choices=Answer)
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="Set while the person waits for a seat in the room."
    )
    language = models.CharField(max_length=40, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    note = models.CharField("note to the organizers", max_length=500, blank=True)
    answered_at = models.DateTimeField()
    sequence = models.PositiveIntegerField(default=0, help_text="Grows with each change, so that each is told once.")

    objects = RsvpQuerySet.as_manager()

    class Meta:
        verbose_name = "RSVP"
        ordering = ["meeting", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member"], name="rsvp_one_per_member"),
            models.UniqueConstraint(
                "meeting", Lower("guest_email"), condition=~Q(guest_email=""), name="rsvp_one_per_guest_address"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False, guest_email="") | Q(member__isnull=True, guest_email__gt=""),
                name="rsvp_is_a_members_or_a_guests",
            ),
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="rsvp_answer_is_known"),
            models.CheckConstraint(
                condition=Q(waiting_since__isnull=True) | Q(answer="in_person"), name="rsvp_waits_only_for_a_seat"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_answer_display()} to {self.meeting}"

    @property
    def is_waiting(self) -> bool:
        return self.waiting_since is not None

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.guest_name

    @property
    def address(self) -> str:
        """Where messages about it go; empty for a member without e-mail or one who has left."""
        if self.member:
            return (self.member.email or "") if self.member.is_active else ""
        return self.guest_email

    @property
    def answer_text(self) -> str:
        return "Waiting for a seat in the room" if self.is_waiting else self.get_answer_display()


class GuestAnswer(models.Model):
    """What a guest without an account answered, kept until the link in the mail confirms it or the meeting begins."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="guest_answers")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    token = models.CharField(max_length=64, unique=True)
    answer = models.CharField(max_length=10, choices=Answer)
    need = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=40, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    mailed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("meeting", Lower("email"), name="guest_answer_one_per_address"),
        ]

    def __str__(self) -> str:
        return f"Unconfirmed answer to {self.meeting}"


class CalendarFeed(models.Model):
    """A member's own calendar address. Whoever has it can read it, so that it can be replaced."""

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    token = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Calendar of {self.member}"


class Accommodation(models.Model):
    """What a person needs to take part in one meeting, and how far it is. Private to the person and meeting staff."""

    rsvp = models.OneToOneField(Rsvp, on_delete=models.PROTECT, related_name="accommodation")
    need = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=AccommodationState, default=AccommodationState.ASKED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="accommodations"
    )
    answer = models.CharField(max_length=500, blank=True, help_text="What is arranged, or why it cannot be.")
    asked_at = models.DateTimeField()

    objects = AccommodationQuerySet.as_manager()

    class Meta:
        ordering = ["rsvp__meeting__starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(need=""), name="accommodation_says_what"),
            models.CheckConstraint(
                condition=~Q(state="cannot") | ~Q(answer=""),
                name="accommodation_refused_says_why",
                violation_error_message="Say why it cannot be provided, and what can be done instead.",
            ),
        ]

    def __str__(self) -> str:
        return f"Accommodation for {self.rsvp.meeting}"


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
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recorded_attendances"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="confirmed_attendances",
        help_text="The one of the staff who saw that the person was there.",
    )

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
        ]

    def __str__(self) -> str:
        return f"{self.member or self.guest_name} at {self.meeting}"


class MeetingWork(models.Model):
    """Something to do before or after a meeting, by a day."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="work")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True, help_text="Markdown.")
    when = models.CharField(max_length=6, choices=WorkWhen, default=WorkWhen.BEFORE)
    due_on = models.DateField()
    done_by = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="work_done", editable=False)

    class Meta:
        verbose_name_plural = "meeting work"
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.title


class Material(models.Model):
    """A document or link of a meeting. Public, unless the law gives a reason to keep it to members."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=MaterialKind, default=MaterialKind.PRE_READ)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.PUBLIC)
    legal_reason = models.CharField(
        max_length=200,
        blank=True,
        help_text="Why it is for members only: meeting papers are public unless the law says no.",
    )
    file = models.FileField(upload_to="materials/", blank=True)
    url = models.URLField("address", blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(file="", url__gt="") | Q(file__gt="", url=""),
                name="material_is_a_file_or_a_link",
                violation_error_message="Give either a file or an address.",
            ),
            models.CheckConstraint(
                condition=Q(audience="public") | ~Q(legal_reason=""),
                name="material_kept_back_says_why",
                violation_error_message="Say which legal reason keeps it from the public.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Summary(models.Model):
    """What a meeting came to, in words, published as a page and an accessible PDF."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="summary")
    body = models.TextField(help_text="Markdown.")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="summaries"
    )

    class Meta:
        verbose_name_plural = "summaries"

    def __str__(self) -> str:
        return f"Summary of {self.meeting}"


class ChangeLogEntry(models.Model):
    """One change of a published meeting, public and kept as it was made."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="changes")
    what = models.CharField(max_length=40)
    before = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meeting_changes")

    class Meta:
        verbose_name = "change"
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.what} changed"
