"""Requests for proposals: the public page first, then who is told; answers and addenda only ever added."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from cop_portal.errors import Refused
from members.models import Member
from notices.actions.drafts import draft_notice
from notices.enums import RfpUpdateKind, Subject
from notices.models import Notice, Rfp, RfpUpdate
from notices.moments import in_zone


@transaction.atomic
def publish_rfp(rfp: Rfp, *, by: Member, now: datetime) -> Notice:
    """Put the page of a request in front of everybody, and draft the notice about it.

    The notice is a draft like any other: somebody else releases it. Refuses: `published` (it is already).
    """
    if not Rfp.objects.filter(pk=rfp.pk, published_at__isnull=True).update(published_at=now):
        raise Refused("This request is published already.", code="published")
    rfp.published_at = now
    dates = "\n".join(f"- {label}: {in_zone(at, rfp.zone)}" for label, at in rfp.deadlines)
    body = (
        # A sentence between, or a list at the end of the summary would go on with the dates.
        f"A request for proposals is open.\n\n{rfp.summary}\n\nWhat is due when:\n\n{dates}\n\n"
        f"The [official posting]({rfp.official_url}) governs; proposals are not accepted here."
    )
    return _draft(rfp, title=f"Request for proposals: {rfp.title}", body=body, by=by)


@transaction.atomic
def add_update(rfp: Rfp, *, kind: RfpUpdateKind, body: str, by: Member, now: datetime) -> RfpUpdate:
    """Add a dated batch of answers, an addendum or the award to the page, and draft the notice about it.

    Numbered in its kind. Refuses: `not_published` (fairness: everybody reads the page, so there must be one), `twice`
    (a second click: these words stand there already, and nothing on the page can be taken back).
    """
    rfp = Rfp.objects.select_for_update().get(pk=rfp.pk)
    if rfp.published_at is None or rfp.published_at > now:
        raise Refused("Publish the request first; answers and addenda are for everybody.", code="not_published")
    if rfp.updates.filter(kind=kind, body=body).exists():
        raise Refused("These words are on the page already; they were not added twice.", code="twice")
    last = rfp.updates.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0
    update: RfpUpdate = RfpUpdate.objects.create(
        rfp=rfp, kind=kind, number=last + 1, body=body, published_at=now, author=by
    )
    title = f"{rfp.title}: {RfpUpdateKind(kind).label.lower()} {update.number}"
    _draft(rfp, title=title, body=f"New on the page of this request:\n\n{body}", by=by, update=update)
    return update


def _draft(rfp: Rfp, *, title: str, body: str, by: Member, update: RfpUpdate | None = None) -> Notice:
    page = rfp.get_absolute_url()
    return draft_notice(title=title, body=body, subject=Subject.RFPS, page=page, rfp=rfp, rfp_update=update, by=by)
