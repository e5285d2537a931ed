"""Drafts: what somebody wrote, or what the portal writes for them, before a second person releases it."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.text import slugify

from cop_portal.errors import Refused
from members.enums import Level
from members.models import Member
from notices.enums import TAKEN_SLUGS, NoticeState
from notices.models import Notice, Rfp, RfpUpdate


@transaction.atomic
def save_draft(notice: Notice, *, by: Member, read: str = "") -> Notice:
    """Keep a draft as it is now; whoever wrote on it last is its author, and so cannot release it.

    ``read``: the fingerprint of the draft that was opened. Refuses: `not_a_draft` (its words stand: somebody has
    released or cancelled it meanwhile), `changed_meanwhile` (it would overwrite what somebody else wrote).
    """
    kept = Notice.objects.select_for_update().get(pk=notice.pk) if notice.pk else None
    if kept and kept.state != NoticeState.DRAFT:
        raise Refused("This notice is not a draft any more; your changes were not kept.", code="not_a_draft")
    if kept and read and read != kept.fingerprint:
        words = (
            f"{kept.drafted_by} saved this draft since you opened it. What you typed stands below, and is not saved."
        )
        what_now = "Look at theirs in another tab; save once more to put yours in its place."
        raise Refused(f"{words} {what_now}", code="changed_meanwhile")
    notice.drafted_by = by
    notice.save()
    return notice


@transaction.atomic
def draft_notice(
    *,
    title: str,
    body: str,
    subject: str,
    by: Member,
    page: str = "",
    meeting: int | None = None,
    rfp: Rfp | None = None,
    rfp_update: RfpUpdate | None = None,
    levels: Iterable[str] = Level.values,
    to_subscribers: bool = True,
    audience: Mapping[str, list[str]] | None = None,
) -> Notice:
    """Write a draft about something that has just happened, in the transaction in which it happens.

    In: the text is Markdown; ``page`` is a path of this portal; ``meeting`` the id of the meeting it is about;
    ``audience`` narrows whom it is for (notices/kinds.py). ``by`` counts as its author: somebody else releases it.
    Out: the draft, under a free address made from its title. Refuses nothing, and owes nothing to anybody.
    """
    draft: Notice = Notice.objects.create(
        title=" ".join(title.split())[:160], slug=free_slug(title), subject=subject, body=body, page=page,
        meeting=meeting, rfp=rfp, rfp_update=rfp_update, levels=list(levels), to_subscribers=to_subscribers,
        audience={kind: list(values) for kind, values in (audience or {}).items()}, drafted_by=by,
    )  # fmt: skip
    return draft


@transaction.atomic
def draft_correction(notice: Notice, *, by: Member) -> Notice:
    """Begin a new version of a notice that is out: a draft for exactly those to whom the first was sent.

    Refuses: `not_out` (it can still be changed itself), `corrected` (there is a correction already: that one is to be
    mended or corrected in its turn).
    """
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.released_at is None:
        raise Refused("This notice is not out yet: change it itself, or take it back first.", code="not_out")
    if standing := notice.corrections.exclude(state=NoticeState.CANCELLED).first():
        raise Refused(f"There is a correction already: “{standing}”.", code="corrected")
    title = f"Corrected: {notice.title.removeprefix('Corrected: ')}"[:160]
    draft: Notice = Notice.objects.create(
        title=title, slug=free_slug(title), subject=notice.subject, body=notice.body, page=notice.page, rfp=notice.rfp,
        meeting=notice.meeting, levels=notice.levels, to_subscribers=notice.to_subscribers, audience=notice.audience,
        corrects=notice, version=notice.version + 1, drafted_by=by,
    )  # fmt: skip
    return draft


def free_slug(title: str) -> str:
    """An address for a notice of this title that no other page has."""
    slug = stem = slugify(title)[:70].rstrip("-") or "notice"
    number = 1
    while slug in TAKEN_SLUGS or Notice.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{stem}-{number}"
    return slug
