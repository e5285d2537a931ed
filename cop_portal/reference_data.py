"""What the portal ships with: the rows that a community begins with. Plain data; `manage.py setup_portal` enters it.

Each list is entered only where the table has no row of its kind yet. From then on the rows belong to the staff, and
another agency changes them in the staff's room (or here, before its first start).
"""

from datetime import date
from decimal import Decimal

from polls.enums import PollKind
from privacy.enums import NoticeKey

PLANNING_BEGAN = date(2022, 5, 1)
DIRECT_CARE_JOINED = date(2025, 7, 1)

# Label, statutory seat, says something about a person's life. In the order of the table of 14 September 2022; its
# label for Corrections lacked an "s".
CATEGORIES: list[tuple[int, str, str, bool, date]] = [
    (10, "Researcher or member of the academic community", "Researcher or academic expert", False, PLANNING_BEGAN),
    (20, "SUD treatment provider", "Treatment provider", False, PLANNING_BEGAN),
    (30, "Recovery community organization", "Recovery community organization", False, PLANNING_BEGAN),
    (40, "Department of Human Services", "Department of Human Services", False, PLANNING_BEGAN),
    (50, "Department of Health", "Department of Health", False, PLANNING_BEGAN),
    (60, "Department of Corrections", "Department of Corrections", False, PLANNING_BEGAN),
    (70, "County social services agency", "County social services agency", False, PLANNING_BEGAN),
    (
        80,
        "Tribal Nations or Tribal social services providers",
        "Tribal Nation or Tribal social services",
        True,
        PLANNING_BEGAN,
    ),
    (
        90,
        "Individual who has used SUD treatment services",
        "Person who has used treatment services",
        True,
        PLANNING_BEGAN,
    ),
    (100, "Family member or support person", "", True, PLANNING_BEGAN),
    (110, "Managed care organization, not including DHS staff", "Managed care organization", False, PLANNING_BEGAN),
    (115, "Direct Care and Treatment", "Direct Care and Treatment", False, DIRECT_CARE_JOINED),
    (120, "Other", "", False, PLANNING_BEGAN),
    (130, "Unknown / no response", "", False, PLANNING_BEGAN),
]

# Who chooses it speaks from what they lived through; staff may mark further ones.
LIVED_EXPERIENCE = {"Individual who has used SUD treatment services"}

# What somebody in this seat says of themselves before it counts as filled (254B.151 wants researchers without such ties).
ATTESTATIONS: dict[str, str] = {
    "Researcher or academic expert": "I have no financial relationship with a provider of substance use disorder "
    "treatment.",
}

# The six duties of the statute, in our words.
DUTIES: list[str] = [
    "Find out where treatment for substance use disorder is missing or falls short.",
    "Bring together what people know about substance use disorder.",
    "Understand which practices are proven, which work well, and which look promising.",
    "Turn what was learned into plans that make treatment work better for the people who use it.",
    "Learn from one another what helped and what got in the way when plans were carried out.",
    "Build the community's ability to speak up for what it needs.",
]

INTERESTS: list[str] = [
    "Advocacy",
    "Corrections and re-entry",
    "Culturally responsive care",
    "Employment and housing",
    "Family and youth voice",
    "Levels of care",
    "Lived-experience voices",
    "Prevention and education",
    "Recovery communities",
    "Research",
    "Treatment gaps",
    "Workforce",
]

# What every meeting is asked at its end, and how it can be answered: the same words each time, to be seen over time.
STANDING_QUESTIONS: list[tuple[str, str]] = [("How well were you heard in this meeting?", PollKind.SCALE)]

_MODEL_TEXT = "This text is a model: the agency's counsel must approve it before the portal is used."

# The six parts of Minn. Stat. 13.04, subd. 2, for each purpose.
NOTICES: dict[str, dict[str, str]] = {
    NoticeKey.MEMBERSHIP: {
        "why": "We ask for your name, your e-mail and how you want to take part, so that you can be a member of the "
        "community: we invite you to meetings, send what you need for them, and know how many people to expect.",
        "use": "Staff of the program, and the contractor who runs the meetings, use it to invite you, to plan "
        "meetings, to count who took part, and to find out whom the community still misses. Reports show numbers, "
        "not names. What you add later, such as a phone number or that you need an interpreter, is used only for "
        "what stands beside that question.",
        "may_refuse": "You may refuse. The law does not ask you to give any of this.",
        "if_given": "You are a member at the level you choose. You get mail about meetings, and you can change or "
        "stop that at any time. Your data is private: other members and the public do not see it.",
        "if_refused": "You cannot have an account here. You can still come to public meetings, read everything that "
        "is public, and get notices by e-mail without being a member. No service or benefit depends on it.",
        "recipients": "Nobody outside the program sees it unless the law says so: a court order can require it, and "
        "so can the legislative auditor or the state auditor. " + _MODEL_TEXT,
    },
    NoticeKey.STIPEND: {
        "why": "We ask whether you have lived experience with substance use or have used treatment services, because "
        "a stipend is only for people who have. Yes is enough: we never ask for a diagnosis, a substance, a place or "
        "a date.",
        "use": "Staff who check, approve and pay stipends use your answer, the meetings you attended and, if you "
        "give it, your supplier number, to decide on a claim and to pay it. It is used for nothing else.",
        "may_refuse": "You may refuse, and you may stop at any time. The law does not ask you to give any of this.",
        "if_given": "You can claim a stipend for meetings you attended. Payments may count as income: they may have "
        "to be reported for taxes, and they may affect benefits you receive.",
        "if_refused": "You get no stipend. Nothing else changes: you stay a member at your level, and you take part "
        "as before.",
        "recipients": "The offices of the State that make payments receive your name, your supplier number and the "
        "amount, and the tax authorities receive what the law says they must. A court order, the legislative auditor "
        "or the state auditor can require more. " + _MODEL_TEXT,
    },
    NoticeKey.GUEST: {
        "why": "We ask for your e-mail address, and for a meeting also your name, so that we can send you what you ask "
        "for here: notices on the subjects you choose, or the confirmation of your answer to a meeting.",
        "use": "Staff of the program, and the contractor who runs the meetings, use it for that alone. What you need "
        "to take part is read by the organizers of that meeting, to have it ready.",
        "may_refuse": "You may refuse. The law does not ask you to give any of this, and you may leave open whatever "
        "is not marked as needed.",
        "if_given": "You get the message that you asked for, and you can stop it at any time. Your data is private: "
        "other people at the meeting and the public do not see it.",
        "if_refused": "We cannot write to you or keep a place for you. You can still come to public meetings and read "
        "everything that is public, and you can call us instead. No service or benefit depends on it.",
        "recipients": "Nobody outside the program sees it unless the law says so: a court order can require it, and "
        "so can the legislative auditor or the state auditor. " + _MODEL_TEXT,
    },
}

# First day, dollars, minutes that count as attended, days to claim. One for each person and date.
STIPEND_POLICY: tuple[date, Decimal, int, int] = (date(2023, 8, 1), Decimal("55.00"), 60, 60)

# From which yearly total a payer reports what it paid (26 U.S.C. 6041, raised from 2026 on).
TAX_THRESHOLDS: dict[int, Decimal] = {2023: Decimal("600.00"), 2026: Decimal("2000.00")}
