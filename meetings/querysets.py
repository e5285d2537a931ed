from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, When
from django.utils import timezone

from meetings.enums import GOING, AccommodationState, Answer, Audience, MeetingState, ReportState

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import F

    from meetings.models import Series
    from members.models import Member


class WorkgroupQuerySet(models.QuerySet[Any]):
    def fitting_first(self, member: Member) -> WorkgroupQuerySet:
        """Those of the member's fields of interest first; each with ``fits``: the interests that they share."""
        shared = member.interests.all()
        others = Case(When(Exists(shared.filter(workgroups=OuterRef("pk"))), then=0), default=1)
        return self.order_by(others, "name").prefetch_related(Prefetch("interests", shared, to_attr="fits"))


class WorkgroupMembershipQuerySet(models.QuerySet[Any]):
    def joined_by(self, day: date | F | OuterRef) -> WorkgroupMembershipQuerySet:
        """Of people who were in the workgroup on that day, or have been since before joining was dated."""
        return self.filter(Q(joined_on__isnull=True) | Q(joined_on__lte=day))


class MeetingQuerySet(models.QuerySet[Any]):
    def public(self) -> MeetingQuerySet:
        """Published or cancelled: a cancelled meeting stays visible and says why."""
        return self.exclude(state=MeetingState.DRAFT)

    def upcoming(self, now: datetime) -> MeetingQuerySet:
        """On the public list and not over, the next one first."""
        return self.public().filter(ends_at__gt=now).order_by("starts_at", "pk")

    def those_of_workgroups_first(self, member: Member) -> MeetingQuerySet:
        """Meetings of the member's workgroups before all others, each lot in its order."""
        groups = member.workgroups.values("pk")
        # Not the condition itself: without a workgroup it is NULL, which PostgreSQL sorts before everything.
        others = Case(When(workgroup__in=groups, then=0), default=1)
        return self.order_by(others, "starts_at", "pk")

    def past(self, now: datetime) -> MeetingQuerySet:
        return self.public().filter(ends_at__lte=now).order_by("-starts_at", "pk")

    def of_series(self, series: Series | int) -> MeetingQuerySet:
        return self.filter(series=series).order_by("starts_at")

    def matching(self, words: str) -> MeetingQuerySet:
        """Every word occurs in the title, the purpose, the agenda or the published summary."""
        found, now = self, timezone.now()
        # A draft agenda is not to be found by its words; in the last six days before it none is, unless a day was set.
        public = Q(agenda_public_on__isnull=True, starts_at__lte=now + timedelta(days=6))
        public |= Q(agenda_public_on__lte=timezone.localdate(now))
        for word in words.split()[:8]:
            found = found.filter(
                Q(title__icontains=word)
                | Q(purpose__icontains=word)
                | (public & Q(agenda_items__title__icontains=word))
                | Q(summary__body__icontains=word, summary__published_at__isnull=False)
            )
        return found.distinct()

    def serving(self, duty: int) -> MeetingQuerySet:
        """With something on the agenda that serves the duty of this number."""
        items = self.model.agenda_items.rel.related_model.objects
        return self.filter(Exists(items.filter(meeting=OuterRef("pk"), duties__number=duty)))

    def of_member(self, member: Member) -> MeetingQuerySet:
        """Those the member has answered for, or runs."""
        answers = self.model.rsvps.rel.related_model.objects
        runs = self.model.facilitators.through.objects.filter(meeting=OuterRef("pk"), member=member)
        return self.filter(Exists(answers.filter(meeting=OuterRef("pk"), member=member)) | Exists(runs))

    def with_answer_of(self, member: Member) -> MeetingQuerySet:
        """Each with ``mine``: the member's answer, as a list of one or none."""
        answers = self.model.rsvps.rel.related_model.objects
        return self.prefetch_related(Prefetch("rsvps", answers.filter(member=member), to_attr="mine"))

    def without_summary(self) -> MeetingQuerySet:
        """Held as planned in this portal, and nothing published about it yet."""
        return self.filter(state=MeetingState.PUBLISHED, is_historical=False, summary__published_at__isnull=True)

    def with_page_facts(self) -> MeetingQuerySet:
        """Annotate what the meeting's page says in a word: ``held_count``, ``has_facilitators``, ``has_summary``."""
        held = Q(rsvps__answer=Answer.IN_PERSON) & (
            Q(rsvps__waiting_since__isnull=True) | Q(rsvps__offered_until__isnull=False)
        )
        facilitators = self.model.facilitators.through.objects.filter(meeting=OuterRef("pk"))
        return self.annotate(
            held_count=Count("rsvps", filter=held),
            has_facilitators=Exists(facilitators),
            has_summary=Q(summary__published_at__isnull=False),
        )


class RsvpQuerySet(models.QuerySet[Any]):
    def with_a_word(self) -> RsvpQuerySet:
        """Those who said that they could not come, or wanted to and still waited for a seat."""
        return self.filter(Q(answer=Answer.NO) | Q(waiting_since__isnull=False))

    def going(self) -> RsvpQuerySet:
        """Those who have a place, in person or online."""
        return self.filter(answer__in=list(GOING), waiting_since__isnull=True)

    def of(self, member: Member) -> RsvpQuerySet:
        return self.filter(member=member)

    def seated(self) -> RsvpQuerySet:
        """Those who have a seat in the room."""
        return self.filter(answer=Answer.IN_PERSON, waiting_since__isnull=True)

    def offered(self) -> RsvpQuerySet:
        """Those for whom a seat is held until they answer."""
        return self.filter(offered_until__isnull=False)

    def holding(self) -> RsvpQuerySet:
        """Seated, or with a seat on offer: together never more than the room has seats."""
        free = Q(waiting_since__isnull=True) | Q(offered_until__isnull=False)
        return self.filter(free, answer=Answer.IN_PERSON)

    def waiting(self) -> RsvpQuerySet:
        """Those in line for a seat, first come first; not those to whom one is offered."""
        return self.filter(waiting_since__isnull=False, offered_until__isnull=True).order_by("waiting_since", "pk")

    def to_tell(self) -> RsvpQuerySet:
        """Guests without an address who are still to be told something by phone."""
        return self.exclude(to_tell="")

    def in_line(self) -> RsvpQuerySet:
        """Of those who wait, the ones who can be offered a seat: whoever cannot sign in keeps their place for later."""
        return self.waiting().exclude(member__is_active=False)


class AttendanceQuerySet(models.QuerySet[Any]):
    def confirmed(self) -> AttendanceQuerySet:
        """Seen by staff, not only claimed by the person: what a stipend may rest on."""
        return self.filter(confirmed_by__isnull=False)

    def to_confirm(self) -> AttendanceQuerySet:
        """Checked in by the person; nobody of the staff has said yet that they were there."""
        return self.filter(confirmed_by__isnull=True)

    def of(self, member: Member) -> AttendanceQuerySet:
        return self.filter(member=member)


class AttendanceEventQuerySet(models.QuerySet[Any]):
    def as_of(self, moment: datetime) -> AttendanceEventQuerySet:
        """Who was recorded at that moment: of each attendance its last step by then, unless that took it back.

        Rows bear ``meeting``, ``member``, ``guest_name``, ``role``, ``minutes`` and ``is_confirmed`` as they were then.
        """
        by_then = self.model._default_manager.filter(at__lte=moment)
        later = by_then.filter(number=OuterRef("number"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later), at__lte=moment, is_present=True).order_by("number")

    def corrections(self) -> AttendanceEventQuerySet:
        """Steps that changed what staff had confirmed: what a decision may have rested on."""
        return self.filter(was_confirmed=True)


class ToolReportQuerySet(models.QuerySet[Any]):
    def waiting(self) -> ToolReportQuerySet:
        """Confirmed, and not imported yet, the oldest first."""
        return self.filter(state=ReportState.WAITING).order_by("confirmed_at", "pk")


class AccommodationQuerySet(models.QuerySet[Any]):
    def open(self, now: datetime) -> AccommodationQuerySet:
        """Asked, or arranged and not confirmed, for meetings to come; the next meeting first."""
        to_come = self.filter(rsvp__meeting__state=MeetingState.PUBLISHED, rsvp__meeting__ends_at__gt=now)
        still = to_come.filter(state__in=[AccommodationState.ASKED, AccommodationState.ARRANGED])
        return still.order_by("rsvp__meeting__starts_at", "asked_at", "pk")


class MaterialQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member | None) -> MaterialQuerySet:
        """Public ones for everybody, all of them for a signed-in member."""
        return self.all() if member else self.filter(audience=Audience.PUBLIC)
