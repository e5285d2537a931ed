"""What may be sent, and who may do what with a notice."""

from notices.enums import STOPS_ALL, SuppressionReason


def suppression_stops(reason: str | None, unsubscribe_from: str) -> str:
    """Why a message to a suppressed address is not sent, or an empty text where it may be.

    An address that does not exist gets nothing, nor does that of somebody who has died. A person who asked for no mail, or called it unwanted, still gets
    what their own doing brings about (a place on a meeting's list, an answer): nothing transactional is affected.
    """
    if reason is None or (reason not in STOPS_ALL and not unsubscribe_from):
        return ""
    return f"Suppressed: {SuppressionReason(reason).label.lower()}."
