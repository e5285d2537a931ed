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
    S.VERIFIED: frozenset(
        {S.APPROVED, S.RETURNED, S.DENIED, S.WITHDRAWN, S.SUBMITTED}
    ),  # the last: what it rests on changed
    S.APPROVED: frozenset({S.BATCHED, S.RETURNED, S.WITHDRAWN, S.SUBMITTED}),
    S.BATCHED: frozenset({S.PAID, S.APPROVED}),
    S.PAID: frozenset({S.REVERSED}),
    S.RETURNED: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.DENIED: frozenset({S.SUBMITTED}),  # taken up again when somebody else looked at it
    S.WITHDRAWN: frozenset(),
    S.REVERSED: frozenset(),
}
# Where an event adds to the record and the state stays: the batch was closed; a review was asked for, or upheld; a
# claim that was sent or paid was looked at again after a correction, and stands.
CLAIM_NOTES = frozenset({S.BATCHED, S.DENIED, S.PAID})
# Whose decision rests on attendance as it was then; the first two are taken up again by themselves when that changes.
CLAIM_DECIDED = frozenset({S.VERIFIED, S.APPROVED, S.BATCHED, S.PAID})
# These no longer stand in the way of another claim for the same meeting.
CLAIM_OVER = frozenset({S.DENIED, S.WITHDRAWN, S.REVERSED})


class BatchState(TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    PAID = "paid", "Paid"


class Payer(TextChoices):
    AGENCY = "agency", "Agency, through the state supplier system"
    CONTRACTOR = "contractor", "Contractor"


# What the person reads beside the state of their claim: what it means, and what happens next.
CLAIM_WORDS = {
    S.SUBMITTED: "We have it. Staff check it against the attendance list next.",
    S.VERIFIED: "Staff checked it. Somebody else approves it next.",
    S.APPROVED: "It is approved. It goes to the payer with the next batch.",
    S.BATCHED: "It is on its way to the payer. Payment takes up to 30 days from your claim.",
    S.PAID: "It was paid.",
    S.RETURNED: "We have a question. Please answer it, so that we can go on.",
    S.DENIED: "It was not approved. The reason is below. You can ask that somebody else looks at it again.",
    S.WITHDRAWN: "You took it back.",
    S.REVERSED: "The payment was taken back. The reason is below.",
}
CLAIM_WAITING = frozenset({S.SUBMITTED, S.VERIFIED, S.APPROVED, S.BATCHED})
CLAIM_WITHDRAWABLE = frozenset(state for state, following in CLAIM_NEXT.items() if S.WITHDRAWN in following)
# Minn. Stat. 16A.124: paid within thirty days of the claim; a warning in time to keep that.
PAYMENT_WARN_DAYS, PAYMENT_DUE_DAYS = 20, 30
# The most claims in one batch: filling, closing and marking it paid run while somebody waits for the page.
BATCH_MOST = 2_000
# How long a closed batch's file can be downloaded, and longer while a claim in it waits for its payment.
EXPORT_DAYS = 30
# What the person says with each claim; kept with it word for word.
ATTESTATION = "Nobody else pays me for my time at this meeting."
