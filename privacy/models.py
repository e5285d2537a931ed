"""What the law on private data asks us to keep (Minn. Stat. 13.04 and 13.05; see docs/architecture.md)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from privacy.enums import (
    RIGHT_TO_LEFT,
    ExportState,
    Language,
    NoticeKey,
    RequestKind,
    RequestResult,
    RequestState,
    Translation,
)
from privacy.querysets import (
    ConsentNoticeQuerySet,
    ConsentQuerySet,
    DataExportQuerySet,
    DataRequestQuerySet,
    LegalHoldQuerySet,
    SensitiveViewQuerySet,
)


class ConsentNotice(models.Model):
    """One version, in one language, of the six-part (Tennessen) notice read before private data is given.

    A published version never changes: the database refuses it. A correction is the next version. The English text of a
    version governs; a translation is another row with the same number, and says honestly how it was made.
    """

    key = models.CharField("purpose", max_length=20, choices=NoticeKey)
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, choices=Language, default=Language.ENGLISH)
    translation = models.CharField(
        "how it was translated",
        max_length=8,
        choices=Translation,
        default=Translation.ORIGINAL,
        blank=True,
        help_text="People read it above the text.",
    )
    reviewed_by = models.CharField(
        max_length=120, blank=True, help_text="Who reviewed the translation: a name or an office. People read it."
    )
    asks_again = models.BooleanField(
        "everybody agrees anew",
        default=True,
        help_text="Leave it on where purpose, use or recipients change: that needs a new consent. Off only for a "
        "correction that changes nothing of substance. The English text decides for its translations.",
    )
    changes = models.TextField(
        "what changed",
        blank=True,
        help_text="One or two sentences about what is new since the version before. Whoever agrees again reads them.",
    )
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
            models.CheckConstraint(
                condition=Q(language="en", translation="") | (~Q(language="en") & ~Q(translation="")),
                name="consent_notice_translation_says_how",
                violation_error_message="Say how a translation was made; the English text is the original.",
            ),
            models.CheckConstraint(
                condition=~Q(translation="reviewed") | ~Q(reviewed_by=""),
                name="consent_notice_review_names_who",
                violation_error_message="Say who reviewed the translation.",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(version=1) | ~Q(changes=""),
                name="consent_notice_says_what_changed",
                violation_error_message="Say what changed since the version before.",
            ),
            models.CheckConstraint(
                condition=Q(version__gt=1) | Q(asks_again=True),
                name="consent_notice_first_version_asks",
                violation_error_message="The first version is always agreed to.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()} notice, version {self.version} ({self.language})"

    @property
    def is_original(self) -> bool:
        return self.language == Language.ENGLISH

    @property
    def direction(self) -> str:
        """For the page: text of this language runs from left to right, or the other way."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

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
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="consents_read",
        null=True,
        blank=True,
        help_text="Staff who read or gave them the notice. Empty: the person read it here.",
    )
    read_in = models.CharField(
        "told in", max_length=10, choices=Language, blank=True, help_text="The language that staff told it in."
    )

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
            models.CheckConstraint(
                condition=Q(read_by__isnull=True, read_in="") | Q(read_by__isnull=False, read_in__gt=""),
                name="consent_taken_by_staff_says_in_which_language",
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
        help_text="Empty where one look showed many people: see whom in the list of those shown.",
    )
    group = models.CharField(
        "staff group",
        max_length=120,
        blank=True,
        help_text="The viewer's groups at that time: what the person is told.",
    )
    what = models.CharField(max_length=80, help_text="What was shown, such as “claims to approve”. Never a value.")
    count = models.PositiveIntegerField(default=1)
    why = models.CharField(max_length=120)
    seen_at = models.DateTimeField()

    objects = SensitiveViewQuerySet.as_manager()

    class Meta:
        verbose_name = "look at private data"
        verbose_name_plural = "looks at private data"
        ordering = ["-seen_at"]
        indexes = [
            models.Index(fields=["-seen_at"], name="sensitive_view_newest"),
            models.Index(fields=["viewer", "-seen_at"], name="sensitive_view_by_viewer"),
            models.Index(fields=["what", "-seen_at"], name="sensitive_view_by_what"),
        ]

    def __str__(self) -> str:
        return f"{self.what}, {self.seen_at:%Y-%m-%d %H:%M}"


class ShownPerson(models.Model):
    """One of the people on a list that somebody looked at. Written with the look; never changed."""

    look = models.ForeignKey(SensitiveView, on_delete=models.CASCADE, related_name="people", db_index=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shown_in", db_index=False
    )

    class Meta:
        verbose_name = "person shown in a list"
        verbose_name_plural = "people shown in lists"
        constraints = [models.UniqueConstraint(fields=["look", "member"], name="shown_person_once_per_look")]
        indexes = [models.Index(fields=["member", "look"], name="shown_person_by_member")]

    def __str__(self) -> str:
        return f"Shown in look {self.look_id}"


class DataRequest(models.Model):
    """A person's request about their own data, with the day by which the law wants an answer."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="data_requests")
    kind = models.CharField(max_length=10, choices=RequestKind)
    details = models.TextField(blank=True)
    state = models.CharField(max_length=5, choices=RequestState, default=RequestState.OPEN)
    requested_at = models.DateTimeField()
    due_on = models.DateField()
    result = models.CharField("what became of it", max_length=7, choices=RequestResult, blank=True)
    outcome = models.TextField(blank=True, help_text="What was answered; the person sees it.")
    recipients_told = models.BooleanField(
        "past recipients were told", default=False, help_text="Those who had the wrong data from us know the right one."
    )
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
            models.CheckConstraint(
                condition=Q(result="") | Q(state="done", result__in=RequestResult.values),
                name="data_request_result_once_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, due {self.due_on}"


class DataExport(models.Model):
    """One download of everything held about a person. The worker makes it; it lies here until it expires.

    In the database and not in a file: no address leads to it, and deleting it belongs to the transaction that says so.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="data_exports")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="asked_data_exports",
        null=True,
        blank=True,
        help_text="Staff who make it for a person without a sign-in. Empty: the person asked.",
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why staff make it. The person can see it.")
    state = models.CharField(max_length=7, choices=ExportState, default=ExportState.WAITING)
    requested_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    archive = models.BinaryField(null=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        verbose_name = "download of private data"
        verbose_name_plural = "downloads of private data"
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(state="waiting"), name="data_export_one_waiting_for_a_person"
            ),
            models.CheckConstraint(
                condition=Q(state="ready", archive__isnull=False, expires_at__isnull=False)
                | (~Q(state="ready") & Q(archive__isnull=True)),
                name="data_export_kept_only_while_ready",
            ),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=True) | ~Q(reason=""), name="data_export_by_staff_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"Download of {self.requested_at:%Y-%m-%d}, {self.get_state_display().lower()}"

    @property
    def file_name(self) -> str:
        """It says nothing: neither whose data it is nor which portal it comes from."""
        return f"download-{timezone.localdate(self.ready_at)}.zip"


class LegalHold(models.Model):
    """What must not be disposed of, whatever its period: everything about a person, about a meeting, or of one kind.

    It changes once, when it is released. Never deleted: it answers why something is still here.
    """

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="legal_holds"
    )
    meeting = models.ForeignKey(
        "meetings.Meeting", on_delete=models.PROTECT, null=True, blank=True, related_name="legal_holds"
    )
    kind = models.CharField(
        "kind of record", max_length=40, blank=True, help_text="As the retention schedule names it."
    )
    why = models.CharField(max_length=300, help_text="The case or request, such as a file number. No private detail.")
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="holds_set")
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="holds_released"
    )
    release_reason = models.CharField(max_length=300, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, meeting__isnull=True, kind="")
                | Q(member__isnull=True, meeting__isnull=False, kind="")
                | Q(member__isnull=True, meeting__isnull=True, kind__gt=""),
                name="legal_hold_is_on_one_thing",
                violation_error_message="Name a person, a meeting or a kind of record: one of them.",
            ),
            models.CheckConstraint(condition=~Q(why=""), name="legal_hold_says_why"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True, release_reason="")
                | Q(released_at__isnull=False, released_by__isnull=False, release_reason__gt=""),
                name="legal_hold_released_says_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Hold on {self.covers}"

    @property
    def covers(self) -> str:
        if self.member:
            return f"everything about {self.member}"
        return f"everything about {self.meeting}" if self.meeting else f"all of: {self.kind}"


class Disposal(models.Model):
    """That records were disposed of at the end of their period: which kind, how many, from when. Never whose."""

    kind = models.CharField(max_length=40)
    count = models.PositiveIntegerField()
    oldest = models.DateTimeField(help_text="The event the period counts from, of the oldest of them.")
    newest = models.DateTimeField()
    days = models.PositiveIntegerField("period in days")
    schedule = models.CharField(max_length=80, help_text="The approved schedule that allowed it.")
    disposed_at = models.DateTimeField()
    disposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="disposals")

    class Meta:
        ordering = ["-disposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(schedule=""), name="disposal_names_its_schedule"),
            models.CheckConstraint(condition=Q(count__gt=0), name="disposal_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.count} of: {self.kind}"
