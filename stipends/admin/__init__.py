"""The stipend rooms of the staff: claims, batches, and the rule. Who lacks the rights sees no trace of them."""

from stipends.admin.batches import PaymentBatchAdmin
from stipends.admin.claims import ClaimAdmin
from stipends.admin.rules import BudgetAdmin, EnrollmentAdmin, StipendPolicyAdmin, TaxThresholdAdmin

__all__ = [
    "BudgetAdmin",
    "ClaimAdmin",
    "EnrollmentAdmin",
    "PaymentBatchAdmin",
    "StipendPolicyAdmin",
    "TaxThresholdAdmin",
]
