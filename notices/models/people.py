"""Who gets mail: subscribers, what they chose to hear about, and addresses that get none."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from notices.enums import Frequency, Subject, SuppressionReason
from notices.models.subjects import label_of
from notices.querysets import SubscriberQuerySet, SubscriptionQuerySet, SuppressionQuerySet


class Subscriber(models.Model):
    """Somebody who gets notices: a member (whose address is the member's own) or just a confirmed address."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="subscriber"
    )
    email = models.EmailField("e-mail", blank=True)
    token = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("since", default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    renew_by = models.DateField(
        "to renew by",
        null=True,
        editable=False,
        help_text="The last day, unless renewed; none for a member, who is one.",
    )
    reminded_at = models.DateTimeField(
        null=True, editable=False, help_text="When they were told that this day comes. Nobody's ends untold."
    )
    ended_at = models.DateTimeField(
        null=True, editable=False, help_text="When it ended unrenewed: the choices stay, and nothing is sent."
    )
    notice = models.ForeignKey(
        "privacy.ConsentNotice", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="consent notice",
        help_text="The version that stood beside the form, for somebody who is no member.",
    )  # fmt: skip

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="subscriber_one_per_email"),
            models.CheckConstraint(
                condition=Q(member__isnull=True, email__gt="") | Q(member__isnull=False, email=""),
                name="subscriber_is_a_member_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=True) | Q(renew_by__isnull=True, ended_at__isnull=True),
                name="subscriber_who_is_a_member_never_expires",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(reminded_at__isnull=False),
                name="subscriber_ends_after_a_reminder",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        return (self.member.email or "") if self.member else self.email


class Subscription(models.Model):
    """One subject that a subscriber wants to hear about. No row: not wanted."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    subject = models.CharField(max_length=24, help_text="One of notices.enums.Subject, or the key of a topic.")
    frequency = models.CharField("how often", max_length=8, choices=Frequency, default=Frequency.AT_ONCE)
    since = models.DateTimeField(default=timezone.now)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "subject"], name="subscription_one_per_subject"),
            models.CheckConstraint(
                condition=Q(subject__in=Subject.values) | Q(subject__startswith="workgroup-"),
                name="subscription_subject_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_subject_display()

    def get_subject_display(self) -> str:
        return label_of(self)


class Suppression(models.Model):
    """An address that gets no mail, and why."""

    email = models.EmailField("e-mail")
    reason = models.CharField(max_length=12, choices=SuppressionReason)
    since = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)
    handled_at = models.DateTimeField(
        "person reached, or tried, at", null=True, blank=True, help_text="When staff had reached the person, or tried."
    )
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="handled_suppressions",
        verbose_name="by whom",
    )

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = "stopped address"
        verbose_name_plural = "stopped addresses"
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=Q(lifted_at__isnull=True), name="suppression_once_per_address"
            ),
            models.CheckConstraint(
                condition=Q(handled_at__isnull=True, handled_by__isnull=True)
                | Q(handled_at__isnull=False, handled_by__isnull=False),
                name="suppression_handled_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()
