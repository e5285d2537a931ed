from django.db.models import TextChoices


class NoticeKey(TextChoices):
    """What a consent notice is for. Each purpose has its own notice: a new use needs a new consent."""

    MEMBERSHIP = "membership", "Membership"
    STIPEND = "stipend", "Stipends"


class RequestKind(TextChoices):
    ACCESS = "access", "See my data"
    ACCURACY = "accuracy", "Challenge the accuracy of my data"
    CLOSING = "closing", "Close my membership"


class RequestState(TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
