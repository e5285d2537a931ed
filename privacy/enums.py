from django.db.models import TextChoices


class NoticeKey(TextChoices):
    """What a consent notice is for. Each purpose has its own notice: a new use needs a new consent."""

    MEMBERSHIP = "membership", "Membership"
    STIPEND = "stipend", "Stipends"
    GUEST = "guest", "Guests and subscribers"


class Language(TextChoices):
    """The languages a consent notice may be written in, each by its own name; the value is the tag for browsers."""

    ENGLISH = "en", "English"
    SPANISH = "es", "Español"
    SOMALI = "so", "Soomaali"
    HMONG = "hmn", "Hmoob"
    VIETNAMESE = "vi", "Tiếng Việt"
    RUSSIAN = "ru", "Русский"
    ARABIC = "ar", "العربية"
    AMHARIC = "am", "አማርኛ"
    OROMO = "om", "Afaan Oromoo"
    KAREN = "ksw", "Karen"
    LAO = "lo", "ລາວ"
    FRENCH = "fr", "Français"
    CHINESE = "zh", "中文"


RIGHT_TO_LEFT = frozenset({Language.ARABIC})


class Translation(TextChoices):
    """How a text came into its language. The English one is the original, and it governs."""

    ORIGINAL = "", "The original"
    REVIEWED = "reviewed", "Reviewed by a person who speaks the language"
    MACHINE = "machine", "Made by a machine, not reviewed"


class RequestKind(TextChoices):
    ACCESS = "access", "See my data"
    ACCURACY = "accuracy", "Challenge the accuracy of my data"
    CLOSING = "closing", "Close my membership"


class RequestState(TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"


class RequestResult(TextChoices):
    """What became of a request, as the person reads it beside the answer. Older answers have none."""

    DONE = "done", "What you asked for is done"
    PART = "part", "Done in part, for the reason given"
    REFUSED = "refused", "Refused, for the reason given"


class ExportState(TextChoices):
    """Where one download of a person's data stands: waiting → ready → gone, or failed."""

    WAITING = "waiting", "Waiting for the worker"
    READY = "ready", "Ready"
    FAILED = "failed", "Could not be made"
    GONE = "gone", "Deleted"
