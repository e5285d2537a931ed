from django.db.models import TextChoices


class MeetingKind(TextChoices):
    FULL = "full", "Full CoP meeting"
    WORKGROUP = "workgroup", "Workgroup meeting"
    PLANNING = "planning", "Planning session"
    LEARNING_CALL = "learning_call", "Shared learning call"
    WEBINAR = "webinar", "Webinar"
    RFP_SESSION = "rfp_session", "RFP information session"


class MeetingState(TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    CANCELLED = "cancelled", "Cancelled"


MEETING_NEXT = {
    MeetingState.DRAFT: frozenset({MeetingState.PUBLISHED}),
    MeetingState.PUBLISHED: frozenset({MeetingState.CANCELLED}),
    MeetingState.CANCELLED: frozenset(),
}


class Cadence(TextChoices):
    MONTHLY = "monthly", "Every month"
    QUARTERLY_AFTER_THREE = "quarterly_after_three", "Every month three times, then every quarter"


class Scope(TextChoices):
    """Which meetings of a series a change is for."""

    ONE = "one", "Only this meeting"
    LATER = "later", "This one and all later ones"
    ALL = "all", "All that are still to come"


class ItemKind(TextChoices):
    INFORMATION = "information", "Information"
    DISCUSSION = "discussion", "Discussion"
    DECISION = "decision", "Decision"
    OPEN_DISCUSSION = "open_discussion", "Open discussion"


class Answer(TextChoices):
    IN_PERSON = "in_person", "Yes, in person"
    ONLINE = "online", "Yes, online"
    UNDECIDED = "undecided", "I do not know yet"
    NO = "no", "No"


GOING = frozenset({Answer.IN_PERSON, Answer.ONLINE})


class AccommodationState(TextChoices):
    ASKED = "asked", "Asked"
    ARRANGED = "arranged", "Arranged"
    CONFIRMED = "confirmed", "Confirmed"
    CANNOT = "cannot", "Cannot be provided"
    WITHDRAWN = "withdrawn", "No longer needed"


# By staff, or by the person: who was arranged for says that it will do, or that it is not enough (asked again).
ACCOMMODATION_NEXT = {
    AccommodationState.ASKED: frozenset({AccommodationState.ARRANGED, AccommodationState.CANNOT}),
    AccommodationState.ARRANGED: frozenset(
        {AccommodationState.CONFIRMED, AccommodationState.CANNOT, AccommodationState.ASKED}
    ),
    AccommodationState.CONFIRMED: frozenset({AccommodationState.CANNOT, AccommodationState.ASKED}),
    AccommodationState.CANNOT: frozenset({AccommodationState.ARRANGED, AccommodationState.ASKED}),
    AccommodationState.WITHDRAWN: frozenset(),  # only the person asks anew, with their answer
}


class AttendanceRole(TextChoices):
    PARTICIPANT = "participant", "Participant"
    FACILITATOR = "facilitator", "Facilitator"


class AttendanceSource(TextChoices):
    SELF = "self", "Checked in"
    STAFF = "staff", "Staff's tick list"
    IMPORT = "import", "Meeting tool's report"


class ReportKind(TextChoices):
    ATTENDANCE = "attendance", "Who was there"
    POLL = "poll", "Answers to a poll"


class MeetingTool(TextChoices):
    ZOOM = "zoom", "Zoom"
    TEAMS = "teams", "Microsoft Teams"
    WEBEX = "webex", "Webex"
    MEET = "meet", "Google Meet"
    OTHER = "other", "another tool"


class ReportState(TextChoices):
    REVIEW = "review", "To review"
    WAITING = "waiting", "Being imported"
    DONE = "done", "Imported"
    GONE = "gone", "Thrown away"


class PersonChoice(TextChoices):
    OPEN = "open", "To decide"
    MEMBER = "member", "A member"
    GUEST = "guest", "A guest"
    OUT = "out", "Left out"


class WhereRecorded(TextChoices):
    KEEP = "keep", "Keep what staff recorded"
    REPLACE = "replace", "Put the report's minutes in its place"
    ADD = "add", "Add the report's minutes: the call was restarted"


class WorkWhen(TextChoices):
    BEFORE = "before", "Before the meeting"
    AFTER = "after", "After the meeting"


class MaterialKind(TextChoices):
    PRE_READ = "pre_read", "To read before"
    SLIDES = "slides", "Slides"
    RECORDING = "recording", "Recording"
    HANDOUT = "handout", "Handout"
    OTHER = "other", "Other"


class Audience(TextChoices):
    PUBLIC = "public", "Everybody"
    MEMBERS = "members", "Members only"
