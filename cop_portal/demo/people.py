"""Plainly fictional people for the demo: named after trees, birds and lakes, all at demo.example."""

from dataclasses import dataclass

from members.enums import Level, StaffGroup

DOMAIN = "demo.example"


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    level: str = ""
    categories: tuple[int, ...] = ()  # positions in the published table of 2022
    organization: str = ""
    language: str = ""


@dataclass(frozen=True)
class Staff:
    name: str
    email: str
    groups: tuple[str, ...]
    is_superuser: bool = False


STAFF = [
    Staff("Olive Ownersdotter", f"owner@{DOMAIN}", (), is_superuser=True),
    Staff("Mina Membership", f"membership@{DOMAIN}", (StaffGroup.MEMBERSHIP,)),
    Staff("Malik Meetings", f"meetings@{DOMAIN}", (StaffGroup.MEETINGS,)),
    Staff("Aster Author", f"author@{DOMAIN}", (StaffGroup.NOTICE_AUTHOR,)),
    Staff("Sage Sender", f"sender@{DOMAIN}", (StaffGroup.NOTICE_SENDER,)),
    Staff("Vera Verifier", f"verifier@{DOMAIN}", (StaffGroup.STIPEND_VERIFIER,)),
    Staff("Anoki Approver", f"approver@{DOMAIN}", (StaffGroup.STIPEND_APPROVER,)),
    Staff("Paz Payments", f"payments@{DOMAIN}", (StaffGroup.PAYMENTS,)),
    Staff("Dara Datapractices", f"data@{DOMAIN}", (StaffGroup.DATA_PRACTICES,)),
    Staff("Audie Auditor", f"auditor@{DOMAIN}", (StaffGroup.AUDITOR,)),
]

FACILITATORS = [
    Person("Fern Facilitator", f"facilitator@{DOMAIN}", organization="Fictional Facilitation Company"),
    Person("Frankie Facilitator", f"facilitator2@{DOMAIN}", organization="Fictional Facilitation Company"),
]

# The three that the sign-in sheet names, one for each level.
FULL = Person("Juniper Loonlake", f"full@{DOMAIN}", Level.FULL, (9,), language="English")
SPECIALTY = Person("Heron Marshwood", f"specialty@{DOMAIN}", Level.SPECIALTY, (2, 9), "Marshwood Recovery House")
PUBLIC = Person("Tansy Prairie", f"public@{DOMAIN}", Level.PUBLIC, (10,))

_GIVEN = [
    "Alder",
    "Aspen",
    "Basil",
    "Birch",
    "Bryony",
    "Cedar",
    "Clover",
    "Dahlia",
    "Elm",
    "Finch",
    "Ginger",
    "Hazel",
    "Iris",
    "Jasper",
    "Kestrel",
    "Larch",
    "Linden",
    "Lupine",
    "Marigold",
    "Merlin",
    "Nettle",
    "Oakley",
    "Pepper",
    "Piper",
    "Quill",
    "Reed",
    "Robin",
    "Rowan",
    "Rue",
    "Saffron",
    "Senna",
    "Sorrel",
    "Sparrow",
    "Sumac",
    "Tamarack",
    "Teal",
    "Thorn",
    "Violet",
    "Willow",
    "Wren",
    "Yarrow",
    "Zinnia",
    "Bay",
    "Briar",
    "Cricket",
    "Dove",
    "Ember",
    "Flint",
    "Gale",
    "Heath",
    "Indigo",
    "Lark",
    "Moss",
    "Myrtle",
    "Pine",
    "Raven",
]
_FAMILY = [
    "Bigwater",
    "Cattail",
    "Dragonfly",
    "Evergreen",
    "Foxglove",
    "Goldenrod",
    "Hailstone",
    "Inkberry",
    "Jackpine",
    "Knotgrass",
    "Lakeshore",
    "Milkweed",
    "Northstar",
    "Overlook",
    "Pikeperch",
    "Quarry",
    "Riverbend",
    "Snowbank",
    "Thistledown",
    "Undertow",
    "Valleyview",
    "Wildrice",
]
_ORGANIZATIONS = {
    1: "Fictional University of the North",
    2: "Wildrice Treatment Center (fictional)",
    3: "Riverbend Recovery Community (fictional)",
    4: "Department of Human Services",
    5: "Department of Health",
    7: "Evergreen County Social Services (fictional)",
    8: "Loon Lake Tribal Social Services (fictional)",
    11: "Northstar Health Plan (fictional)",
}
# How the others are spread over the table: mostly providers, the agency, families and recovery organizations.
_SPREAD = ((2,), (3, 9), (4,), (7,), (10,), (11,), (2, 9), (1,), (4,), (9,), (3,), (12,), (10,), (5,), (8,), (9, 10))
_LEVELS = (Level.FULL, Level.SPECIALTY, Level.FULL, Level.PUBLIC, Level.FULL, Level.SPECIALTY)


def _person(number: int) -> Person:
    given, family = _GIVEN[number], _FAMILY[number % len(_FAMILY)]
    categories = _SPREAD[number % len(_SPREAD)]
    return Person(
        name=f"{given} {family}",
        email=f"{given}.{family}@{DOMAIN}".lower(),
        level=_LEVELS[number % len(_LEVELS)],
        categories=categories,
        organization=_ORGANIZATIONS.get(categories[0], ""),
        language="Somali" if number % 17 == 3 else "Spanish" if number % 13 == 5 else "English",
    )


MEMBERS = [
    FULL,
    SPECIALTY,
    PUBLIC,
    # Names that a careless page, export or mail would break.
    Person("Óscar O'Brien-Ñuñez", f"oscar@{DOMAIN}", Level.FULL, (9,), language="Spanish"),
    Person("=1+1 Formula", f"formula@{DOMAIN}", Level.FULL, (9, 10)),
    *(_person(number) for number in range(len(_GIVEN))),
]
