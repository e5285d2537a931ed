"""The texts of the demo's meetings and notices."""

AGENDA = (
    ("Welcome and category poll", "information", 10, "Fern Facilitator"),
    ("What we heard since last time", "information", 15, ""),
    ("Gaps in treatment services: which come first?", "discussion", 35, ""),
    ("Decision: the three gaps to work on this quarter", "decision", 15, ""),
    ("Open discussion", "open_discussion", 30, ""),
    ("Next steps and closing", "information", 15, "Fern Facilitator"),
)

PURPOSE = (
    "All members meet to share what they learn, put gaps in treatment services in order, and agree on what to do next."
)
ALWAYS_PROVIDED = "Live captions, and an American Sign Language interpreter on screen"
PLACE = "Fictional Community Center, Room 101, 100 Demonstration Avenue, Saint Paul"
JOIN_URL = "https://meet.example/sud-cop-demo"

SUMMARY = """\
## What we agreed

Housing after treatment, transport to appointments and culturally specific services are the three gaps we work on first.

## What people said in the open discussion

- Rural members drive an hour or more to the nearest program that has an opening.
- Peer recovery specialists shorten the wait between detoxification and treatment when they are there on the day.

## Who does what next

Each workgroup brings one page on its gap to the next meeting.
"""

WORKGROUPS = (
    (
        "Treatment gaps",
        "Finds where people cannot get treatment they need, and puts the gaps in order.",
        ("Treatment gaps", "Research"),
    ),
    (
        "Culturally responsive care",
        "Shares what works in care that fits the culture of those it is for.",
        ("Culturally responsive care",),
    ),
    (
        "Advocacy capacity",
        "Builds the skills to speak for change, in the community and at the Capitol.",
        ("Advocacy", "Family and youth voice"),
    ),
    (
        "Lived-experience voices",
        "Sees to it that people with lived experience shape every piece of work.",
        ("Lived-experience voices", "Recovery communities"),
    ),
    (
        "ASAM transition",
        "Helps providers through the change to the ASAM levels of care.",
        ("Levels of care", "Workforce"),
    ),
)

MEETING_NOTICE = """\
Hello {name},

The next full meeting of the community of practice is planned. The agenda has an **open discussion** in which everybody
may speak, members and public attendees alike.

Please tell us by the RSVP on the meeting's page whether you are coming, in person or online, and what you need to take
part. Requests for accommodations are easiest to meet two weeks ahead, and welcome at any time.
"""

RFP_TITLE = "Facilitation of the community of practice"
RFP_SUMMARY = """\
The agency looks for a contractor to bring together, facilitate and support the community of practice: meetings, workgroups,
shared learning, and reports on what it learns. *This is demonstration data and no real solicitation.*

Proposals are handed in through the official posting only. This page is a notice; where the two differ, the posting
governs.
"""
RFP_ANSWERS = """\
**May two organizations propose together?** Yes, with one of them named as the lead.

**Is experience with hybrid meetings required?** It is asked for, and counts in the scoring.
"""
