"""Who may be paid for which meeting, and who may decide it."""

from stipends.rules.decisions import (
    refusal_as_payee,
    refusal_of_amount,
    refusal_of_change,
    refusal_of_evidence,
    refusal_of_supplier_number,
    refusal_to_approve,
    refusal_to_batch,
    refusal_to_download,
    refusal_to_enroll,
    refusal_to_export,
    refusal_to_move,
    refusal_to_set_back,
    refusal_to_verify,
)
from stipends.rules.entitlement import Condition, conditions, entitlement, evidence_of, last_day, unmet
from stipends.rules.facts import FISCAL_YEAR_STARTS_IN, Facts, fiscal_year, gather, gather_for, most, newest_holding
from stipends.rules.offers import Offer, clock_tag, offers, waiting_days

__all__ = [
    "FISCAL_YEAR_STARTS_IN",
    "Condition",
    "Facts",
    "Offer",
    "clock_tag",
    "conditions",
    "entitlement",
    "evidence_of",
    "fiscal_year",
    "gather",
    "gather_for",
    "last_day",
    "most",
    "newest_holding",
    "offers",
    "refusal_as_payee",
    "refusal_of_amount",
    "refusal_of_change",
    "refusal_of_evidence",
    "refusal_of_supplier_number",
    "refusal_to_approve",
    "refusal_to_batch",
    "refusal_to_download",
    "refusal_to_enroll",
    "refusal_to_export",
    "refusal_to_move",
    "refusal_to_set_back",
    "refusal_to_verify",
    "unmet",
    "waiting_days",
]
