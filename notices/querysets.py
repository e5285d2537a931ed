from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Lower, Now

from members.enums import Closed
from members.models import Member
from notices.enums import CAME_BACK, DeliveryState, NoticeState, Subject

if TYPE_CHECKING:
    from datetime import date, datetime

EMPTIED = "@removed.invalid"  # the address of a message whose own was taken out
ON_PAGE = (NoticeState.SENDING, NoticeState.PAUSED, NoticeState.SENT)


class TopicQuerySet(models.QuerySet[Any]):
    def labels(self) -> dict[str, str]:
        """What every subject is called, by its key: the fixed ones, then the topics by name."""
        return dict(Subject.choices) | dict(self.order_by("label").values_list("key", "label"))

    def to_write_about(self) -> list[tuple[str, str]]:
        """The subjects a notice may have, as choices: the digest before a meeting writes itself."""
        return [(key, label) for key, label in self.labels().items() if key != Subject.DIGEST]


class Labelled(models.QuerySet[Any]):
    """Rows with a subject."""

    def with_topic_label(self) -> Any:
        """Annotate ``topic_label``, so that a list of rows asks no more often for what their subjects are called."""
        topics: Any = apps.get_model("notices", "Topic")._default_manager
        return self.annotate(topic_label=Subquery(topics.filter(key=OuterRef("subject")).values("label")[:1]))


class SubscriptionQuerySet(Labelled):
    pass


class NoticeQuerySet(Labelled):
    def public(self) -> NoticeQuerySet:
        """Released to the public archive, newest first. A notice is a page before it is a mail.

        One that was corrected is not among them: its correction is.
        """
        public: NoticeQuerySet = self.filter(state__in=ON_PAGE).with_topic_label().order_by("-released_at")
        return public

    def readable(self) -> NoticeQuerySet:
        """Those with a page. That of a corrected one stays, and says where the correction is."""
        return self.filter(state__in=(*ON_PAGE, NoticeState.CORRECTED))

    def to_release(self) -> NoticeQuerySet:
        return self.filter(state=NoticeState.DRAFT)

    def to_start(self, now: datetime) -> NoticeQuerySet:
        """Released, and their time has come."""
        return self.filter(state=NoticeState.SCHEDULED, scheduled_for__lte=now).order_by("scheduled_for")


class RfpQuerySet(models.QuerySet[Any]):
    def public(self, now: datetime) -> RfpQuerySet:
        return self.filter(published_at__lte=now).order_by("due_at")

    def open(self, now: datetime) -> RfpQuerySet:
        return self.public(now).filter(due_at__gt=now)


class SubscriberQuerySet(models.QuerySet[Any]):
    def reachable(self) -> SubscriberQuerySet:
        """Confirmed and not ended, and no member whose membership is closed; nor the second row of one shut out by staff."""
        out = Member.objects.filter(closed_as=Closed.DEACTIVATED).alias(low=Lower("email"))
        confirmed = self.filter(confirmed_at__isnull=False, ended_at__isnull=True).filter(
            Q(member__isnull=True) | Q(member__is_active=True)
        )
        return confirmed.filter(~Exists(out.filter(low=Lower(OuterRef("email")))))

    def expiring(self) -> SubscriberQuerySet:
        """Those with a last day, who get something: a member's has none, whichever row their address stands in."""
        members = Member.objects.filter(is_active=True).alias(low=Lower("email")).filter(low=Lower(OuterRef("email")))
        running = self.filter(member__isnull=True, confirmed_at__isnull=False, ended_at__isnull=True)
        wanting = running.filter(renew_by__isnull=False, subscriptions__isnull=False)
        return wanting.filter(~Exists(members)).distinct().order_by("pk")


class SuppressionQuerySet(models.QuerySet[Any]):
    def standing(self) -> SuppressionQuerySet:
        return self.filter(lifted_at__isnull=True)

    def of_its_address(self) -> SuppressionQuerySet:
        """Those of a message's address: for a subquery of messages."""
        return self.alias(low=Lower("email")).filter(low=Lower(OuterRef("address")))

    def to_handle(self) -> SuppressionQuerySet:
        """Mail comes back from somebody who takes part, and nobody of the staff has reached them yet."""
        theirs = Member.objects.filter(is_active=True).alias(low=Lower("email")).filter(low=Lower(OuterRef("email")))
        return self.standing().filter(Exists(theirs), reason__in=CAME_BACK, handled_at=None)

    def reason_for(self, address: str) -> str | None:
        """Why this address gets no mail, or None."""
        reason: str | None = (
            self.standing()
            .alias(lower=Lower("email"))
            .filter(lower=address.lower())
            .values_list("reason", flat=True)
            .first()
        )
        return reason


class DigestRunQuerySet(models.QuerySet[Any]):
    def made(self, kind: str) -> DigestRunQuerySet:
        """Digests of this kind that were owed, the newest first."""
        return self.filter(kind=kind, skipped="").order_by("-until", "-pk")


class CallQuerySet(models.QuerySet[Any]):
    def to_make(self) -> CallQuerySet:
        """Not told yet, to somebody whom there still is to tell."""
        return self.filter(told_at__isnull=True, member__is_active=True)

    def of_notice(self, pk: int | None) -> CallQuerySet:
        """Of people whom staff tell what this notice says."""
        return self.filter(key=f"notice:{pk}")

    def about_stipends(self, wanted: bool) -> CallQuerySet:
        """Those about stipends, or the others: they are read by different people."""
        return self.filter(about="stipends") if wanted else self.exclude(about="stipends")


class DeliveryQuerySet(models.QuerySet[Any]):
    def due(self, now: datetime | Now) -> DeliveryQuerySet:
        """Owed now: urgent ones first, then in the order they were owed."""
        return self.filter(state=DeliveryState.QUEUED, due_at__lte=now).order_by("priority", "due_at", "pk")

    def with_words(self) -> DeliveryQuerySet:
        """Over for good, given up or left undecided, and still saying to whom and what."""
        over = [
            DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.SUPPRESSED,
            DeliveryState.CANCELLED,
        ]  # fmt: skip
        return self.filter(state__in=over).exclude(address__endswith=EMPTIED)

    def unknown(self) -> DeliveryQuerySet:
        return self.filter(state=DeliveryState.UNKNOWN)

    def failed(self) -> DeliveryQuerySet:
        return self.filter(state=DeliveryState.FAILED)


class RelayQuerySet(models.QuerySet[Any]):
    def counting(self, today: date) -> RelayQuerySet:
        """Links whose last day has not passed."""
        return self.filter(Q(last_day=None) | Q(last_day__gte=today))
