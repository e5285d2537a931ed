"""What happens to enrollments, claims, batches and policies. Nothing else writes them."""

from stipends.actions.batches import (
    close_batch,
    fill_batch,
    mark_paid,
    open_batch,
    refusals_to_close,
    reverse,
    take_out,
)
from stipends.actions.claims import answer, submit_claim, withdraw
from stipends.actions.corrections import let_stand, refusal_to_let_stand, reopen, reopen_corrected
from stipends.actions.decisions import approve, deny, return_with_question, verify
from stipends.actions.enrollment import (
    decline,
    enroll,
    leave_enrollment,
    mark_helped,
    set_supplier_number,
    take_back_decline,
)
from stipends.actions.policies import change_policy, start_policy
from stipends.actions.reviews import ask_for_review, overturn, uphold
from stipends.payments import Payment

__all__ = [
    "Payment",
    "answer",
    "approve",
    "ask_for_review",
    "change_policy",
    "close_batch",
    "decline",
    "deny",
    "enroll",
    "fill_batch",
    "leave_enrollment",
    "let_stand",
    "mark_helped",
    "mark_paid",
    "open_batch",
    "overturn",
    "refusal_to_let_stand",
    "refusals_to_close",
    "reopen",
    "reopen_corrected",
    "return_with_question",
    "reverse",
    "set_supplier_number",
    "start_policy",
    "submit_claim",
    "take_back_decline",
    "take_out",
    "uphold",
    "verify",
    "withdraw",
]
