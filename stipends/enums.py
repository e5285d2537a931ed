from django.db.models import TextChoices


class Per(TextChoices):
    """What a stipend is paid for: Minn. Stat. 15.059 says a day, the program's page says a meeting."""

    DATE = "date", "One per person and date"
    MEETING = "meeting", "One per person and meeting"


class ClaimState(TextChoices):
    SUBMITTED = "submitted", "Submitted"
    VERIFIED = "verified", "Verified"
    APPROVED = "approved", "Approved"
    BATCHED = "batched", "In a payment batch"
    PAID = "paid", "Paid"
    RETURNED = "returned", "Returned with a question"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REVERSED = "reversed", "Reversed"


S = ClaimState
CLAIM_NEXT = {
    S.SUBMITTED: frozenset({S.VERIFIED, S.RETURNED, S.DENIED, S.WITHDRAWN}),
    S.VERIFIED: frozenset({S.APPROVED, S.RETURNED, S.DENIED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.BATCHED, S.RETURNED, S.WITHDRAWN}),
    S.BATCHED: frozenset({S.PAID, S.APPROVED}),
    S.PAID: frozenset({S.REVERSED}),
    S.RETURNED: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.DENIED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.REVERSED: frozenset(),
}
# These no longer stand in the way of another claim for the same meeting.
CLAIM_OVER = frozenset({S.DENIED, S.WITHDRAWN, S.REVERSED})


class BatchState(TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    PAID = "paid", "Paid"


class Payer(TextChoices):
    AGENCY = "agency", "Agency, through the state supplier system"
    CONTRACTOR = "contractor", "Contractor"
