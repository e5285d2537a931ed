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


class ReachBy(TextChoices):
    """How staff reach somebody, by the person's own wish."""

    EMAIL = "email", "E-mail"
    CALL = "call", "A phone call"
    TEXT = "text", "A text message"
    LETTER = "letter", "A letter"


# Only for these is a phone number asked and kept.
BY_PHONE = frozenset({ReachBy.CALL, ReachBy.TEXT})


class Closed(TextChoices):
    """Why nobody can sign in with a membership, and nothing is mailed about it."""

    LEFT = "left", "Closed by the person"
    DEACTIVATED = "deactivated", "Deactivated by staff"
    DECEASED = "deceased", "The person has died"


class Asked(TextChoices):
    """How somebody reached staff, or was reached by them."""

    IN_PERSON = "in_person", "In person"
    PAPER = "paper", "On paper"
    PHONE = "phone", "By phone"


class MemberAct(TextChoices):
    """What was done to a membership, or for a person who could not do it themselves."""

    ENTERED = "entered", "Entered by staff"
    LEVEL_SET = "level_set", "Level set by staff"
    PROFILE = "profile", "Profile changed by staff"
    CLOSED = "closed", "Membership closed for the person by staff"
    DEACTIVATED = "deactivated", "Deactivated"
    ACTIVATED = "activated", "Activated again"
    DECEASED = "deceased", "Recorded as deceased"
    NOT_DECEASED = "not_deceased", "Recorded as deceased by mistake: corrected"
    RETURNED = "returned", "Came back"
    RIGHTS = "rights", "Staff rights changed"
    FACTORS_REMOVED = "factors_removed", "Second factors removed"
    ADDRESS_OFFERED = "address_offered", "An e-mail address was given, to be confirmed by the person"
    CODE_PRINTED = "code_printed", "A code for taking over the membership was printed"
    TAKEN_OVER = "taken_over", "Taken over by the person"
    ANSWERED = "answered", "Invitation answered for the person by staff"
    WORKGROUPS = "workgroups", "Workgroups chosen for the person by staff"
    CONSENT_GIVEN = "consent_given", "Agreed to a notice that staff read to them"
    CONSENT_WITHDRAWN = "consent_withdrawn", "Consent withdrawn for the person by staff"
    DATA_REQUEST = "data_request", "Request about their data entered by staff"
    TOLD = "told", "Told by staff what could not be mailed"
    HELP_OFFERED = "help_offered", "Help offered by staff"
