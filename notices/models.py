"""What is told to whom, and each message that is owed."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from members.enums import Asked
from notices.enums import (
    DeliveryState,
    Frequency,
    NoticeState,
    PartnerKind,
    RfpUpdateKind,
    Subject,
    SuppressionReason,
)
from notices.querysets import (
    CallQuerySet,
    DeliveryQuerySet,
    NoticeQuerySet,
    RelayQuerySet,
    RfpQuerySet,
    SubscriberQuerySet,
    SuppressionQuerySet,
)

JOIN_PAGE = "/accounts/signup/"
own_path = RegexValidator(r"^/(?!/)\S*$", "Enter the path of a page of this portal, such as /meetings/first-meeting/.")


class Subscriber(models.Model):
    """Somebody who gets notices: a member (whose address is the member's own) or just a confirmed address."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="subscriber"
    )
    email = models.EmailField("e-mail", blank=True)
    token = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    notice = models.ForeignKey(
        "privacy.ConsentNotice", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
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
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        return (self.member.email or "") if self.member else self.email


class Subscription(models.Model):
    """One subject that a subscriber wants to hear about. No row: not wanted."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    subject = models.CharField(max_length=12, choices=Subject)
    frequency = models.CharField(max_length=8, choices=Frequency, default=Frequency.AT_ONCE)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "subject"], name="subscription_one_per_subject"),
            models.CheckConstraint(condition=Q(subject__in=Subject.values), name="subscription_subject_is_known"),
        ]

    def __str__(self) -> str:
        return self.get_subject_display()


class Suppression(models.Model):
    """An address that gets no mail, and why."""

    email = models.EmailField("e-mail")
    reason = models.CharField(max_length=12, choices=SuppressionReason)
    since = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=Q(lifted_at__isnull=True), name="suppression_once_per_address"
            ),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()


class Rfp(models.Model):
    """A notice that a request for proposals is out. The official posting governs; no proposal is accepted here."""

    title = models.CharField(max_length=160)
    slug = models.SlugField(max_length=80, unique=True)
    summary = models.TextField(help_text="Markdown.")
    official_url = models.URLField("official posting", help_text="The posting that governs.")
    contact = models.CharField(max_length=200)
    amount = models.CharField(max_length=120, blank=True, help_text="Total amount and number of awards, in words.")
    questions_due_at = models.DateTimeField("questions due", null=True, blank=True)
    due_at = models.DateTimeField("proposals due")
    zone = models.CharField(max_length=40, default="America/Chicago")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RfpQuerySet.as_manager()

    class Meta:
        verbose_name = "request for proposals"
        verbose_name_plural = "requests for proposals"
        ordering = ["-due_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(questions_due_at__isnull=True) | Q(questions_due_at__lte=F("due_at")),
                name="rfp_questions_end_before_proposals",
                violation_error_message="Questions must be due before the proposals are.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("notices:rfp_detail", args=[self.slug])


class RfpUpdate(models.Model):
    """A dated batch of answers, an addendum or the award. Only ever added: fairness needs the record as it was."""

    rfp = models.ForeignKey(Rfp, on_delete=models.PROTECT, related_name="updates")
    kind = models.CharField(max_length=10, choices=RfpUpdateKind)
    number = models.PositiveSmallIntegerField()
    body = models.TextField(help_text="Markdown.")
    published_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rfp_updates")

    class Meta:
        ordering = ["published_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rfp", "kind", "number"], name="rfp_update_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Notice(models.Model):
    """One text for many people: drafted by one of the staff, released by another, a page before it is a mail."""

    title = models.CharField(max_length=160, help_text="Also the subject line of the mail.")
    slug = models.SlugField(max_length=80, unique=True)
    subject = models.CharField("about", max_length=12, choices=Subject, default=Subject.MEETINGS)
    body = models.TextField(help_text="Markdown. {name} becomes the reader's name in the mail.")
    page = models.CharField(
        max_length=200, blank=True, validators=[own_path], help_text="The page of this portal it leads to."
    )
    rfp = models.ForeignKey(Rfp, on_delete=models.PROTECT, null=True, blank=True, related_name="notices")
    levels = models.JSONField(
        "to members", default=list, blank=True, help_text="Levels of members it goes to, if they want this subject."
    )
    to_subscribers = models.BooleanField("to subscribers of this subject", default=True)
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.DRAFT, editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafted_notices", editable=False
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="released_notices", null=True, editable=False
    )
    scheduled_for = models.DateTimeField(null=True, editable=False)
    released_at = models.DateTimeField(null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [("release_notice", "Can release, test and cancel notices")]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("drafted_by")),
                name="notice_released_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | Q(released_by__isnull=False, scheduled_for__isnull=False),
                name="notice_released_says_by_whom_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("notices:detail", args=[self.slug])


class Delivery(models.Model):
    """One message owed to one address. This table is the queue: what is not here is not sent."""

    URGENT, ORDINARY, BULK = 1, 5, 9

    key = models.CharField(max_length=120, help_text="What it is about, such as “notice:12” or “rsvp:8:2”.")
    address = models.EmailField()
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="deliveries")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, null=True, related_name="deliveries")
    subject_line = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True, help_text="Empty where the notice holds the text.")
    html = models.TextField(blank=True)
    calendar = models.TextField(blank=True, help_text="An iCalendar object sent along, with its METHOD.")
    unsubscribe_from = models.CharField(max_length=12, choices=Subject, blank=True)
    priority = models.PositiveSmallIntegerField(default=ORDINARY)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it failed, was suppressed or is unknown.")
    owed_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.CharField(max_length=32, blank=True, help_text="The worker's token while it holds the row.")
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=120, unique=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="decided_deliveries",
        help_text="Who decided what becomes of a message that failed or is unknown.",
    )
    decided_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-pk"]
        permissions = [("decide_delivery", "Can retry failed messages and decide unknown ones")]
        constraints = [
            models.UniqueConstraint("key", Lower("address"), name="delivery_once_per_address"),
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
            models.Index(fields=["lease_until"], condition=Q(state__in=["claimed", "handing"]), name="delivery_held"),
            models.Index(fields=["id"], condition=Q(state__in=["failed", "unknown"]), name="delivery_to_look_at"),
            models.Index(
                fields=["notice"],
                condition=Q(state__in=["queued", "claimed", "handing"]),
                name="delivery_open_of_notice",
            ),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
            models.Index(fields=["address"], name="delivery_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.get_state_display()})"


class Call(models.Model):
    """One message owed to a member who has no e-mail address: staff tell them, and tick it off."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calls")
    key = models.CharField(max_length=120, help_text="What it is about, as for a message: it is told once.")
    about = models.CharField(max_length=20, help_text="The part of the portal it comes from, such as “meetings”.")
    subject_line = models.CharField("what to tell", max_length=200)
    text = models.TextField(blank=True)
    owed_at = models.DateTimeField()
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


class DigestRun(models.Model):
    """One digest of one frequency: it tells what was new up to ``until``, and the next one goes on from there."""

    frequency = models.CharField(max_length=8, choices=Frequency)
    until = models.DateTimeField()
    owed = models.PositiveIntegerField(default=0, help_text="Messages owed.")

    class Meta:
        ordering = ["-until"]
        constraints = [models.UniqueConstraint(fields=["frequency", "until"], name="digest_run_once_per_period")]

    def __str__(self) -> str:
        return f"{self.get_frequency_display()}, until {self.until:%Y-%m-%d}"


class OutreachPartner(models.Model):
    """An organization that passes notices on to people who get no agency mail."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=PartnerKind)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField("contact e-mail", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Relay(models.Model):
    """The link by which one partner passes on one page: in a mail, on a flyer, at one event.

    It counts visits, never visitors, and how many joined by it, never who: no row of a person names a link.
    """

    partner = models.ForeignKey(OutreachPartner, on_delete=models.PROTECT, related_name="relays")
    label = models.CharField(
        max_length=80,
        blank=True,
        help_text="For your own list: the event, the place or the flyer. Visitors do not see it.",
    )
    code = models.CharField(max_length=12, unique=True, editable=False)
    page = models.CharField(
        max_length=200,
        default=JOIN_PAGE,
        validators=[own_path],
        help_text=f"The page of this portal it leads to: {JOIN_PAGE} to join, or a meeting, or anything else.",
    )
    last_day = models.DateField(
        null=True, blank=True, help_text="After it the link still leads there, and nothing is counted any more."
    )
    visits = models.PositiveIntegerField(default=0, editable=False)
    joined = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RelayQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "page", "label"],
                name="relay_once_per_partner_page_and_label",
                violation_error_message="This partner has this link already. Give the new one a label of its own.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.label or self.page}"
