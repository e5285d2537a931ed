from django.db.models import TextChoices


class Level(TextChoices):
    """How somebody takes part. Everybody chooses for themselves; nobody is turned away."""

    FULL = "full", "Full contributing member"
    SPECIALTY = "specialty", "Specialty contributor"
    PUBLIC = "public", "Public attendee"


# Full and specialty carry expectations that are ticked when joining, and may claim stipends.
CONTRIBUTING = frozenset({Level.FULL, Level.SPECIALTY})


class StaffGroup(TextChoices):
    """The groups of staff. Their rights are a table in members/rights.py."""

    MEMBERSHIP = "Membership"
    MEETINGS = "Meetings"
    NOTICE_AUTHOR = "Notice author"
    NOTICE_SENDER = "Notice sender"
    STIPEND_VERIFIER = "Stipend verifier"
    STIPEND_APPROVER = "Stipend approver"
    PAYMENTS = "Payments"
    DATA_PRACTICES = "Data practices"
    AUDITOR = "Auditor"


class ReferralState(TextChoices):
    ASKED = "asked", "Asked"
    JOINED = "joined", "Joined"
    FORGOTTEN = "forgotten", "Forgotten"
