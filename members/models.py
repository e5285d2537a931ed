"""The people of the community, and how each takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from members.enums import Closed, Level, MemberAct, ReachBy, ReferralState
from members.querysets import (
    MemberQuerySet,
    MembershipPeriodQuerySet,
    ParticipantCategoryQuerySet,
    SeatAttestationQuerySet,
)

if TYPE_CHECKING:
    from datetime import date


class MemberManager(BaseUserManager["Member"].from_queryset(MemberQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> Member:
        """Create a person who can sign in; without a password they sign in by a code sent to the address."""
        member: Member = self.model(email=email.lower() if email else None, **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Member:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> Member:
        member: Member = self.get(email=username.lower() if username else None)
        return member


class ParticipantCategory(models.Model):
    """One row of the representation table. A category is dated, never deleted: old tables keep their rows."""

    label = models.CharField(max_length=120)
    order = models.PositiveSmallIntegerField(help_text="Position in the table.")
    seat = models.CharField(
        "statutory seat", max_length=120, blank=True, help_text="The seat named in the statute that this row fills."
    )
    is_sensitive = models.BooleanField(
        "sensitive", default=False, help_text="Says something about a person's life: small counts are hidden."
    )
    is_lived_experience = models.BooleanField(
        "lived experience",
        default=False,
        help_text="People who choose it speak from what they lived through. Reports then say at which meetings enough of "
        "them were present.",
    )
    starts_on = models.DateField("valid from")
    ends_on = models.DateField("valid until", null=True, blank=True, help_text="The first day it no longer applies.")
    attestation = models.TextField(
        "statement to confirm",
        blank=True,
        help_text="What a person who chooses it says of themselves before the seat counts as filled. Empty: nothing.",
    )
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="followers"
    )

    objects = ParticipantCategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "participant categories"
        ordering = ["order"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="category_ends_after_it_starts",
                violation_error_message="The last day must come after the first.",
            ),
            models.UniqueConstraint(
                fields=["label", "starts_on"],
                name="category_label_once_a_day",
                violation_error_message="This category exists already.",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def is_used(self) -> bool:
        """Whether somebody chose it, or a record rests on it: then it keeps its meaning, and only its time may end."""
        kept = [row for row in self._meta.related_objects if row.on_delete is models.PROTECT]
        holders = (row.related_model._default_manager.filter(**{row.field.name: self}) for row in kept)
        return self.members.exists() or any(rows.exists() for rows in holders)


class Interest(models.Model):
    """A field of interest or expertise that a specialty contributor may choose."""

    label = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label


class Member(AbstractBaseUser, PermissionsMixin):
    """A person known to the portal: a member, a facilitator or one of the staff."""

    # Null, not empty: the unique constraint must let many people without e-mail stand side by side.
    email = models.EmailField(  # noqa: DJ001
        "e-mail", null=True, blank=True, help_text="Empty for a person without e-mail whom staff entered."
    )
    name = models.CharField(max_length=120)
    organization = models.CharField(max_length=120, blank=True)
    reach_by = models.CharField(
        "reached by", max_length=6, choices=ReachBy, default=ReachBy.EMAIL, help_text="How staff reach the person."
    )
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField("preferred language", max_length=40, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    categories = models.ManyToManyField(ParticipantCategory, blank=True, related_name="members")
    interests = models.ManyToManyField(Interest, blank=True, related_name="members")
    is_facilitator = models.BooleanField(
        "facilitator", default=False, help_text="A contractor who runs meetings: counted in the total, in no category."
    )
    is_active = models.BooleanField("active", default=True, help_text="Off: cannot sign in, and nothing is sent.")
    is_staff = models.BooleanField("staff", default=False, help_text="May enter the staff's room.")
    closed_as = models.CharField(
        "closed",
        max_length=11,
        choices=Closed,
        blank=True,
        editable=False,
        help_text="Empty while the membership is open, and for those closed before this was kept.",
    )
    deceased_on = models.DateField(null=True, editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    entered_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="entered_members"
    )

    objects = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="member_one_per_email",
                violation_error_message="Somebody with this e-mail address is entered already.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="member_has_a_name"),
            models.CheckConstraint(
                condition=Q(closed_as="") | Q(is_active=False, closed_as__in=Closed.values),
                name="member_closed_is_not_active",
            ),
            models.CheckConstraint(
                condition=Q(closed_as="deceased", deceased_on__isnull=False)
                | ~Q(closed_as="deceased") & Q(deceased_on__isnull=True),
                name="member_deceased_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="member_by_name"),
            # allauth looks for the address itself, which the constraint on its lower case does not help.
            models.Index(fields=["email"], name="member_by_email"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Keep None (not an empty text) for no address: two people without e-mail are not the same person."""
        self.email = self.email.strip().lower() if self.email else None

    def get_full_name(self) -> str:
        return self.name

    def level_on(self, day: date) -> str | None:
        """The level held on this date (a ``Level`` value), or None for staff, facilitators and former members."""
        period = self.periods.on(day).order_by("-starts_on").first()
        return period.level if period else None


class MembershipPeriod(models.Model):
    """A span of days [starts_on, ends_on) during which a person holds a level. History is kept.

    Two spans of one person never overlap: migration 0005 has the database say so. A span of no days is a choice that
    was changed before its day was over, or corrected.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="periods")
    level = models.CharField(max_length=10, choices=Level)
    starts_on = models.DateField("from")
    ends_on = models.DateField("until", null=True, blank=True, help_text="The first day it no longer holds.")
    agreed_at = models.DateTimeField("expectations confirmed", null=True, blank=True)
    changed_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="changed_periods"
    )
    reason = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField("recorded", default=timezone.now, editable=False)

    objects = MembershipPeriodQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(ends_on__isnull=True),
                name="member_holds_one_level_at_a_time",
                violation_error_message="This person holds a level already.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="membership_level_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} from {self.starts_on}"


class MemberEvent(models.Model):
    """What staff did to a membership or for a person, and what the person did to take it over. Never changed.

    Neither ``about`` nor ``why`` holds a private value: they name a level, a meeting, a field, and a reason. What
    staff did about stipends stands with the stipends, where fewer people read it.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="events")
    what = models.CharField(max_length=17, choices=MemberAct)
    about = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="acts")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "act on a membership"
        verbose_name_plural = "acts on memberships"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(what__in=MemberAct.values), name="member_event_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}, {self.at:%Y-%m-%d}"


class SeatAttestation(models.Model):
    """A person's own dated word that lets a seat of the statute count as filled by them, as the statement then read."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="attestations")
    category = models.ForeignKey(ParticipantCategory, on_delete=models.PROTECT, related_name="attestations")
    statement = models.TextField()
    attested_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = SeatAttestationQuerySet.as_manager()

    class Meta:
        verbose_name = "confirmed statement"
        ordering = ["-attested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "category"],
                condition=Q(withdrawn_at__isnull=True),
                name="attestation_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("attested_at")),
                name="attestation_withdrawn_after_it_was_made",
            ),
        ]

    def __str__(self) -> str:
        return f"Statement of {self.attested_at:%Y-%m-%d}"


class TakeoverCode(models.Model):
    """The code on a printed letter, by which somebody without an address makes the membership their own. Its digest."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="takeover_code")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="printed_codes")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Code until {self.expires_at:%Y-%m-%d}"


class Referral(models.Model):
    """One person proposed by a member: told once, and forgotten if they do not answer."""

    referrer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="referrals")
    email = models.EmailField("e-mail", blank=True, help_text="Emptied when the referral is forgotten.")
    names_referrer = models.BooleanField("may say who proposed them", default=False)
    state = models.CharField(max_length=10, choices=ReferralState, default=ReferralState.ASKED)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(state=ReferralState.ASKED),
                name="referral_one_message_per_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReferralState.FORGOTTEN) | Q(email=""), name="referral_forgotten_keeps_no_address"
            ),
        ]

    def __str__(self) -> str:
        return f"Referral of {self.created_at:%Y-%m-%d}"
