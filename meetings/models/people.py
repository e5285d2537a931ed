"""Who said they would come, and what they need."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import dateformat

from meetings.enums import AccommodationState, Answer
from meetings.models.meetings import Meeting
from meetings.querysets import AccommodationQuerySet, RsvpQuerySet


class Rsvp(models.Model):
    """One person's answer to one meeting: a member's, a guest's confirmed by a link in a mail, or a caller's."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="rsvps")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="rsvps"
    )
    guest_name = models.CharField(max_length=120, blank=True)
    guest_email = models.EmailField(blank=True)
    guest_phone = models.CharField(max_length=40, blank=True, help_text="Of a guest whom staff entered on a call.")
    answer = models.CharField(max_length=10, choices=Answer)
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="Set while the person waits for a seat in the room."
    )
    offered_until = models.DateTimeField(
        null=True, blank=True, help_text="Set while a free seat is held for the person who waits: they answer by then."
    )
    language = models.CharField(max_length=40, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    note = models.CharField("note to the organizers", max_length=500, blank=True)
    answered_at = models.DateTimeField()
    to_tell = models.CharField(
        max_length=200, blank=True, help_text="What a guest without an address is still to be told, by phone."
    )
    sequence = models.PositiveIntegerField(default=0, help_text="Grows with each change, so that each is told once.")
    notice = models.ForeignKey(
        "privacy.ConsentNotice", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="A guest's: the version that stood beside the form. A member's is their consent.",
    )  # fmt: skip

    objects = RsvpQuerySet.as_manager()

    class Meta:
        verbose_name = "RSVP"
        ordering = ["meeting", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member"], name="rsvp_one_per_member"),
            models.UniqueConstraint(
                "meeting", Lower("guest_email"), condition=~Q(guest_email=""), name="rsvp_one_per_guest_address"
            ),
            models.UniqueConstraint(
                "meeting",
                Lower("guest_name"),
                "guest_phone",
                condition=Q(member__isnull=True, guest_email=""),
                name="rsvp_one_per_caller",
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False, guest_email="", guest_phone="")
                | Q(member__isnull=True) & (Q(guest_email__gt="") | Q(guest_name__gt="")),
                name="rsvp_is_a_members_or_a_guests",
            ),
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="rsvp_answer_is_known"),
            models.CheckConstraint(
                condition=Q(waiting_since__isnull=True) | Q(answer="in_person"), name="rsvp_waits_only_for_a_seat"
            ),
            models.CheckConstraint(
                condition=Q(offered_until__isnull=True) | Q(waiting_since__isnull=False),
                name="rsvp_seat_is_offered_to_who_waits",
            ),
        ]
        # Both are few among many, and looked for every minute.
        indexes = [
            models.Index(fields=["offered_until"], condition=Q(offered_until__isnull=False), name="rsvp_offers_open"),
            models.Index(fields=["meeting"], condition=~Q(to_tell=""), name="rsvp_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.get_answer_display()} to {self.meeting}"

    @property
    def is_waiting(self) -> bool:
        """In line for a seat, or with one on offer: not going yet."""
        return self.waiting_since is not None

    @property
    def is_offered(self) -> bool:
        """A seat is held for the person until they answer."""
        return self.offered_until is not None

    @property
    def offer_text(self) -> str:
        """Until when the seat is held, in the meeting's zone."""
        if self.offered_until is None:
            return ""
        local = self.offered_until.astimezone(self.meeting.tz)
        return f"{dateformat.format(local, 'l, F j, P')} {local.tzname()}"

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
        if self.is_offered:
            return "A seat is on offer"
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
    notice = models.ForeignKey(
        "privacy.ConsentNotice", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The version that stood beside the form.",
    )  # fmt: skip

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
    need = models.CharField(max_length=1001)  # two of them, where two answers of one person became one
    state = models.CharField(max_length=10, choices=AccommodationState, default=AccommodationState.ASKED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="accommodations"
    )
    answer = models.CharField(max_length=500, blank=True, help_text="What is arranged, or why it cannot be.")
    reply = models.CharField(
        max_length=500,
        blank=True,
        help_text="What the person said to it: why it is not enough, what they need instead.",
    )
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
