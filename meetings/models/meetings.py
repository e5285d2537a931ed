"""Meetings, their agendas, and the rules by which they recur."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import dateformat

from meetings.enums import (
    Cadence,
    ItemKind,
    MeetingKind,
    MeetingState,
)
from meetings.querysets import (
    MeetingQuerySet,
    WorkgroupMembershipQuerySet,
    WorkgroupQuerySet,
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
    interests = models.ManyToManyField(
        "members.Interest",
        blank=True,
        related_name="workgroups",
        help_text="Whoever chose one of these fields of interest finds the workgroup first.",
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="WorkgroupMembership", blank=True, related_name="workgroups"
    )

    objects = WorkgroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("meetings:workgroup", args=[self.slug])

    @property
    def subject(self) -> str:
        """The key of what people hear about it: for life, whatever it is called."""
        return f"workgroup-{self.pk}"

    def memberships(self) -> WorkgroupMembershipQuerySet:
        """Who is in it, of those whose membership is open, by name."""
        rows: WorkgroupMembershipQuerySet = WorkgroupMembership.objects.filter(workgroup=self, member__is_active=True)
        return rows.order_by("member__name", "pk")


class WorkgroupMembership(models.Model):
    """That a person is in a workgroup, and since when: nobody has missed what was held before they joined."""

    workgroup = models.ForeignKey(Workgroup, on_delete=models.CASCADE)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workgroup_memberships")
    joined_on = models.DateField("joined", null=True, blank=True, help_text="Empty: before this was kept.")
    is_lead = models.BooleanField("lead", default=False)
    shows_name = models.BooleanField(
        default=False, help_text="The person lets the leads of the workgroup see their name."
    )

    objects = WorkgroupMembershipQuerySet.as_manager()

    class Meta:
        db_table = "meetings_workgroup_members"
        unique_together = [("workgroup", "member")]

    def __str__(self) -> str:
        return f"{self.member} in {self.workgroup}"


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
    number = models.PositiveSmallIntegerField(null=True, editable=False, help_text="Which one of its series, from 1.")
    planned_start = models.DateTimeField(
        null=True, editable=False, help_text="The start that the rule of its series gave it, wherever it was moved."
    )
    agenda_public_on = models.DateField(
        "agenda public on",
        null=True,
        blank=True,
        help_text="Empty: a week before the meeting. Until then it is a draft.",
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
            models.UniqueConstraint(
                fields=["series", "starts_at"],
                condition=~Q(state="cancelled"),  # one that is called off leaves its time to another
                name="meeting_once_per_series_and_time",
            ),
            models.UniqueConstraint(fields=["series", "number"], name="meeting_number_once_in_series"),
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
        if self.is_dated_only:
            return "time of day not recorded"
        end = "P" if self.local_end.date() == self.held_on else "P, F j"
        return (
            f"{dateformat.format(self.local_start, 'P')} to {dateformat.format(self.local_end, end)} {self.zone_text}"
        )

    @property
    def is_dated_only(self) -> bool:
        """Held before this portal, and only its day is known: the row then spans the day."""
        return self.is_historical and self.minutes > 23 * 60

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
        """The agenda in order, each item with ``time_text``: it starts where the one before it ends.

        One that was carried on before the meeting takes no time of it, and has none.
        """
        found = self.agenda_items.select_related("carried_to__meeting", "carried_from__meeting")
        items, start = list(found), self.local_start
        for item in items:
            item.meeting = self
            item.time_text = dateformat.format(start, "P") if item.takes_time else ""
            minutes = item.minutes if item.takes_time else 0
            start = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(self.tz)
        return items

    @property
    def agenda_due_on(self) -> date:
        """From this day on the agenda is public: the day that staff chose, or a week before the meeting."""
        return self.agenda_public_on or self.held_on - timedelta(days=7)

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
    carried_to = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="carried_from",
        help_text="The item of a later meeting that goes on with it; this one stays and says so.",
    )  # fmt: skip
    carried_at = models.DateTimeField(null=True, editable=False)

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
    def carried_to_text(self) -> str:
        return dateformat.format(self.carried_to.meeting.local_start, "F j, Y") if self.carried_to else ""

    @property
    def takes_time(self) -> bool:
        """Not where it was carried on before the meeting began; one that time ran out for had its minutes."""
        return self.carried_at is None or self.carried_at >= self.meeting.starts_at

    @property
    def is_open_discussion(self) -> bool:
        """Here public attendees give input too; at other items only full and specialty members do."""
        return self.kind == ItemKind.OPEN_DISCUSSION
