from django.db.models import TextChoices

REFERRAL = "referral:"  # how the keys of messages to people who were proposed begin


class Subject(TextChoices):
    """What a person may choose to hear about, whatever the workgroups are: those are rows (notices.models.Topic).

    Each can be left by itself with one click.
    """

    MEETINGS = "meetings", "Meetings"
    RFPS = "rfps", "Requests for proposals"
    RESOURCES = "resources", "Reports and resources"
    DIGEST = "digest", "Digest before meetings"


class Frequency(TextChoices):
    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Once a day, if there is something new"
    WEEKLY = "weekly", "Once a week, if there is something new"


class DigestKind(TextChoices):
    """Daily and weekly tell what is new; the other two come before a meeting."""

    DAILY = "daily", "Daily digest"
    WEEKLY = "weekly", "Weekly digest"
    WEEK = "week", "A week before a meeting"
    DAY = "day", "A day before a meeting"


class NoticeState(TextChoices):
    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    SENDING = "sending", "Sending"
    PAUSED = "paused", "Paused"
    SENT = "sent", "Sent"
    CORRECTED = "corrected", "Corrected"
    CANCELLED = "cancelled", "Cancelled"


NOTICE_NEXT = {
    NoticeState.DRAFT: frozenset({NoticeState.SCHEDULED, NoticeState.CANCELLED}),
    NoticeState.SCHEDULED: frozenset({NoticeState.DRAFT, NoticeState.SENDING, NoticeState.CANCELLED}),
    NoticeState.SENDING: frozenset(
        {NoticeState.PAUSED, NoticeState.SENT, NoticeState.CORRECTED, NoticeState.CANCELLED}
    ),
    NoticeState.PAUSED: frozenset({NoticeState.SENDING, NoticeState.CORRECTED, NoticeState.CANCELLED}),
    NoticeState.SENT: frozenset({NoticeState.SENDING, NoticeState.CORRECTED}),  # a failed message is tried again
    NoticeState.CORRECTED: frozenset(),
    NoticeState.CANCELLED: frozenset(),
}

# Pages beside /notices/<slug>/: no notice is called so.
TAKEN_SLUGS = frozenset({"feed", "subscribe", "preferences", "unsubscribe", "never", "renew"})


class DeliveryState(TextChoices):
    """Where one message to one address stands. ``unknown``: the server may have it; a person decides, nobody resends."""

    QUEUED = "queued", "Waiting"
    CLAIMED = "claimed", "About to be sent"
    HANDING = "handing", "Being handed to the mail server"
    PAUSED = "paused", "Held back"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown whether it arrived"
    SUPPRESSED = "suppressed", "Not sent: stopped address"
    CANCELLED = "cancelled", "Cancelled"


# What has not been given to the mail server: it can still be held back, and nobody will have it.
NOT_HANDED = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.PAUSED)


class EventKind(TextChoices):
    """What the mail provider says became of a message after it took it."""

    DELIVERED = "delivered", "Arrived"
    DELAYED = "delayed", "Delayed, the provider tries again"
    SOFT_BOUNCE = "soft_bounce", "Came back this time"
    HARD_BOUNCE = "hard_bounce", "Came back, there is no such address"
    COMPLAINT = "complaint", "Marked as unwanted mail"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed at the provider"


class SuppressionReason(TextChoices):
    HARD_BOUNCE = "hard_bounce", "The address does not exist"
    SOFT_BOUNCES = "soft_bounces", "Mail to the address came back again and again"
    COMPLAINT = "complaint", "Marked as unwanted mail"
    ASKED = "asked", "The person asked for no mail"
    DECEASED = "deceased", "The person has died"


# These stop everything; the others stop what one can unsubscribe from, and nothing that one's own doing brings about.
STOPS_ALL = frozenset({SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES, SuppressionReason.DECEASED})
# These say that mail does not reach somebody who may well want it: staff reach them another way.
CAME_BACK = frozenset({SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES})
MENDABLE = CAME_BACK | {SuppressionReason.COMPLAINT}  # what the person may take back for their own address


class RfpUpdateKind(TextChoices):
    QUESTIONS = "questions", "Questions and answers"
    ADDENDUM = "addendum", "Addendum"
    AWARD = "award", "Award notice"


class MentionKind(TextChoices):
    PRESS = "press", "Press or broadcast"
    SOCIAL = "social", "Social media"
    OTHER = "other", "Newsletter or website"


class PartnerKind(TextChoices):
    RECOVERY = "recovery", "Recovery community organization"
    ASSOCIATION = "association", "Professional association"
    TRIBE = "tribe", "Tribe or Tribal organization"
    PRESS = "press", "Press"
    COUNTY = "county", "County"
    OTHER = "other", "Other"


def list_name(subject: str) -> str:
    """What a mail program may call the list of a subject, without a look into the database."""
    return Subject(subject).label if subject in Subject.values else "A workgroup"
