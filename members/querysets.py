from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from privacy.enums import NoticeKey
from privacy.models import Consent, ConsentNotice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from members.models import Member


def _in_force(on: date, prefix: str = "") -> Q:
    """Rows whose half-open span [starts_on, ends_on) holds this date."""
    begun = Q(**{f"{prefix}starts_on__lte": on})
    return begun & (Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gt": on}))


class MemberQuerySet(models.QuerySet[Any]):
    def active(self) -> MemberQuerySet:
        """Not closed, and not waiting to be confirmed: nobody gets mail because somebody else typed their address."""
        unconfirmed = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=False)
        return self.filter(~Exists(unconfirmed), is_active=True)

    def with_right(self, right: str) -> MemberQuerySet:
        """Active staff who may do what this right (``app.action_model``) lets them."""
        app, codename = right.split(".")
        granted = {"codename": codename, "content_type__app_label": app}
        by_group = Q(**{f"groups__permissions__{name}": value for name, value in granted.items()})
        by_name = Q(**{f"user_permissions__{name}": value for name, value in granted.items()})
        return self.filter(by_group | by_name | Q(is_superuser=True), is_staff=True, is_active=True).distinct()

    def unconfirmed(self, before: datetime) -> MemberQuerySet:
        """Joined before this moment by themselves, and never typed the code that was sent to the address."""
        addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
        return self.filter(
            Exists(addresses.filter(verified=False)),
            ~Exists(addresses.filter(verified=True)),
            joined_at__lt=before,
            last_login__isnull=True,
            entered_by__isnull=True,
            is_staff=False,
        )

    def at_level(self, levels: Iterable[str], on: date) -> MemberQuerySet:
        """Members whose level on this date is one of ``levels``."""
        return self.filter(_in_force(on, "periods__"), periods__level__in=list(levels)).distinct()

    def without_level(self, on: date) -> MemberQuerySet:
        """Neither staff nor facilitators, and without a level on this date: somebody must ask them."""
        periods = self.model._meta.get_field("periods").related_model
        held = periods.objects.filter(_in_force(on), member=OuterRef("pk"))
        return self.filter(~Exists(held), is_staff=False, is_facilitator=False)

    def with_level(self, on: date) -> MemberQuerySet:
        """Annotate ``level_then``: the level on this date, or None."""
        periods = self.model._meta.get_field("periods").related_model
        current = periods.objects.filter(_in_force(on), member=OuterRef("pk")).order_by("-starts_on")
        return self.annotate(level_then=Subquery(current.values("level")[:1]))

    def to_read_notice_to(self) -> MemberQuerySet:
        """Active members without an address who have not agreed to the membership notice in force: staff read it to them."""
        notices = ConsentNotice.objects.published().filter(key=NoticeKey.MEMBERSHIP)
        agreed = Consent.objects.current(NoticeKey.MEMBERSHIP).filter(member=OuterRef("pk"))
        without_address = self.active().filter(email__isnull=True, is_staff=False, is_facilitator=False)
        return without_address.filter(Exists(notices), ~Exists(agreed))


class MembershipPeriodQuerySet(models.QuerySet[Any]):
    def on(self, day: date) -> MembershipPeriodQuerySet:
        return self.filter(_in_force(day))

    def held(self, today: date) -> MembershipPeriodQuerySet:
        """Those that were or are held on some day, the newest first: neither planned, nor changed the same day."""
        return self.filter(starts_on__lte=today).exclude(ends_on=F("starts_on")).order_by("-starts_on", "-pk")

    def planned(self, today: date) -> MembershipPeriodQuerySet:
        """The change that is to come: of one person at most one."""
        return self.filter(starts_on__gt=today).exclude(ends_on=F("starts_on"))


class ParticipantCategoryQuerySet(models.QuerySet[Any]):
    def in_force(self, on: date) -> ParticipantCategoryQuerySet:
        """The categories that a poll held on this date offers, in their order."""
        return self.filter(_in_force(on)).order_by("order")


class SeatAttestationQuerySet(models.QuerySet[Any]):
    def standing(self) -> SeatAttestationQuerySet:
        return self.filter(withdrawn_at__isnull=True)


def connected_logins(people: Iterable[Member]) -> models.QuerySet[Any]:
    """Logins of the state that these people connected (``members/common_login.py``); none where none is set up."""
    if not apps.is_installed("allauth.socialaccount"):  # the table exists only with the setting
        return EmailAddress.objects.none()
    model: Any = apps.get_app_config("socialaccount").get_model("SocialAccount")
    logins: models.QuerySet[Any] = model.objects.filter(user__in=people)
    return logins
