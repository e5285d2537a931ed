"""Each message that is owed, and each person to be told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from members.enums import Asked
from notices.enums import DeliveryState, EventKind
from notices.models.notices import Notice
from notices.models.people import Subscriber
from notices.querysets import CallQuerySet, DeliveryQuerySet


class Delivery(models.Model):
    """One message owed to one address. This table is the queue: what is not here is not sent."""

    URGENT, ORDINARY, BULK = 1, 5, 9

    key = models.CharField(
        max_length=120, help_text="What brought it about, such as “notice:12” or “rsvp:8:2”: it is sent once for that."
    )
    address = models.EmailField()
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="deliveries", db_index=False
    )
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.SET_NULL, null=True, related_name="deliveries", db_index=False
    )
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, null=True, related_name="deliveries")
    subject_line = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True, help_text="Empty where the notice holds the text.")
    html = models.TextField(blank=True)
    calendar = models.TextField(blank=True, help_text="An iCalendar object sent along, with its METHOD.")
    unsubscribe_from = models.CharField(
        "can be stopped with",
        max_length=24,
        blank=True,
        help_text="The subject that a person leaves to get no more of it.",
    )
    priority = models.PositiveSmallIntegerField(default=ORDINARY)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was not sent, or what is unknown.")
    owed_at = models.DateTimeField("owed since", default=timezone.now)
    due_at = models.DateTimeField("tried not before", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("tries", default=0)
    claim = models.CharField(max_length=32, blank=True, help_text="The worker's token while it holds the row.")
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField("Message-ID", max_length=120)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="decided_deliveries",
        db_index=False,
        help_text="Who decided what becomes of a message that failed or is unknown.",
    )
    decided_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        ordering = ["-pk"]
        permissions = [
            ("decide_delivery", "Can retry failed messages and decide unknown ones"),
            ("export_delivery", "Can export who got a notice"),
        ]
        constraints = [
            models.UniqueConstraint("key", Lower("address"), name="delivery_once_per_address"),
            models.UniqueConstraint(fields=["message_id"], name="delivery_message_id_is_its_own"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="delivery_sent_says_when"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "handing"]) | Q(lease_until__isnull=False),
                name="delivery_held_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "unknown", "suppressed", "cancelled"]) | ~Q(reason=""),
                name="delivery_not_sent_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["priority", "due_at", "id"], condition=Q(state="queued"), name="delivery_queue"),
            # By number, not by lease: a row in hand is asked for by its own, and must not be looked for among all leases.
            models.Index(fields=["id"], condition=Q(state__in=["claimed", "handing"]), name="delivery_held"),
            models.Index(fields=["id"], condition=Q(state__in=["failed", "unknown"]), name="delivery_to_look_at"),
            models.Index(
                fields=["notice"],
                condition=Q(state__in=["queued", "claimed", "handing"]),
                name="delivery_open_of_notice",
            ),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
            models.Index(fields=["address"], name="delivery_by_address"),
            # Each message moves through every index three times on its way: none holds rows that it has nothing to say of.
            models.Index(fields=["member"], condition=Q(member__isnull=False), name="delivery_by_member"),
            models.Index(fields=["subscriber"], condition=Q(subscriber__isnull=False), name="delivery_by_subscriber"),
            models.Index(fields=["decided_by"], condition=Q(decided_by__isnull=False), name="delivery_by_decider"),
        ]

    def __str__(self) -> str:
        # By its key: histories keep this for good, and a subject line is forgotten with the rest of the letter.
        return f"{self.key} ({self.get_state_display()})"


class DeliveryEvent(models.Model):
    """What the mail provider said became of one message after it took it. Only ever added, and names nobody."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField("what happened", max_length=12, choices=EventKind)
    happened_at = models.DateTimeField("when")
    told_at = models.DateTimeField(default=timezone.now)
    detail = models.CharField("the server’s words", max_length=300, blank=True, help_text="Without addresses.")
    fingerprint = models.CharField(max_length=64, unique=True, help_text="The same event told twice is one.")

    class Meta:
        verbose_name = "event of a message"
        verbose_name_plural = "events of messages"
        ordering = ["happened_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="delivery_event_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Call(models.Model):
    """One message owed to a member who has no e-mail address: staff tell them, and tick it off."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calls")
    key = models.CharField(max_length=120, help_text="What it is about, as for a message: it is told once.")
    about = models.CharField(max_length=20, help_text="The part of the portal it comes from, such as “meetings”.")
    subject_line = models.CharField("what to tell", max_length=200)
    text = models.TextField(blank=True)
    owed_at = models.DateTimeField("to tell since")
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="calls_made"
    )
    told_how = models.CharField(max_length=9, choices=Asked, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = "message to tell"
        verbose_name_plural = "people to call or write to"
        ordering = ["owed_at", "pk"]
        permissions = [("tell_call", "Can tick off who was told")]
        constraints = [
            models.UniqueConstraint(fields=["member", "key"], name="call_once_per_member"),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, told_by__isnull=True, told_how="")
                | Q(told_at__isnull=False, told_by__isnull=False, told_how__in=Asked.values),
                name="call_told_says_when_by_whom_and_how",
            ),
        ]
        indexes = [models.Index(fields=["owed_at", "id"], condition=Q(told_at__isnull=True), name="call_to_make")]

    def __str__(self) -> str:
        return self.subject_line
