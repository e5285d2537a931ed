"""What the law on private data asks us to keep (Minn. Stat. 13.04 and 13.05; see docs/architecture.md)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from privacy.enums import NoticeKey, RequestKind, RequestState
from privacy.querysets import ConsentNoticeQuerySet, ConsentQuerySet, DataRequestQuerySet


class ConsentNotice(models.Model):
    """One version, in one language, of the six-part (Tennessen) notice read before private data is given.

    A published version never changes: the database refuses it. A correction is the next version.
    """

    key = models.CharField("purpose", max_length=20, choices=NoticeKey)
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, default="en", help_text="Language tag, such as en, es, so or hmn.")
    why = models.TextField("why we ask")
    use = models.TextField("how we use it")
    may_refuse = models.TextField("whether you may refuse")
    if_given = models.TextField("what follows if you give it")
    if_refused = models.TextField("what follows if you do not")
    recipients = models.TextField("who else may lawfully receive it")
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConsentNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["key", "-version", "language"]
        permissions = [("publish_consentnotice", "Can put a consent notice in force")]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "version", "language"],
                name="consent_notice_one_per_version",
                violation_error_message="This version exists already in this language. Use the next number.",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="consent_notice_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()} notice, version {self.version} ({self.language})"

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The six parts in the order of Minn. Stat. 13.04, subd. 2: (heading, text)."""
        return [
            ("Why we ask", self.why),
            ("How we use it", self.use),
            ("Whether you may refuse", self.may_refuse),
            ("What follows if you give it", self.if_given),
            ("What follows if you do not", self.if_refused),
            ("Who else may lawfully receive it", self.recipients),
        ]


class Consent(models.Model):
    """One person's agreement to one version of a notice, and when it ended."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents")
    notice = models.ForeignKey(ConsentNotice, on_delete=models.PROTECT, related_name="consents")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "notice"], condition=Q(withdrawn_at__isnull=True), name="consent_given_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} agreed on {self.given_at:%Y-%m-%d}"


class SensitiveView(models.Model):
    """Who read whose private data, what of it, and why. Written with the read; never changed (Minn. Stat. 13.05)."""

    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sensitive_views")
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="views_of_me",
        null=True,
        help_text="Empty where one look showed many people: the count says how many.",
    )
    what = models.CharField(max_length=80, help_text="What was shown, such as “claims to approve”. Never a value.")
    count = models.PositiveIntegerField(default=1)
    why = models.CharField(max_length=120)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "look at private data"
        verbose_name_plural = "looks at private data"
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["-seen_at"], name="sensitive_view_newest")]

    def __str__(self) -> str:
        return f"{self.what}, {self.seen_at:%Y-%m-%d %H:%M}"


class DataRequest(models.Model):
    """A person's request about their own data, with the day by which the law wants an answer."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="data_requests")
    kind = models.CharField(max_length=10, choices=RequestKind)
    details = models.TextField(blank=True)
    state = models.CharField(max_length=5, choices=RequestState, default=RequestState.OPEN)
    requested_at = models.DateTimeField()
    due_on = models.DateField()
    outcome = models.TextField(blank=True, help_text="What was answered; the person sees it.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="closed_data_requests", null=True, blank=True
    )

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind"],
                condition=Q(state="open"),
                name="data_request_one_open_of_a_kind",
                violation_error_message="A request of this kind is open already.",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="data_request_done_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, due {self.due_on}"
