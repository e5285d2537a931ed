"""The planning session of 14 September 2022, as its published summary gives it, in our own words.

The source tells the date but no hours, so the meeting is kept as historical and its page shows the date alone.
"""

from datetime import date

HELD_ON = date(2022, 9, 14)
TITLE = "Planning session, September 2022"
SLUG = "planning-session-2022-09-14"
PURPOSE = (
    "The last of the planning sessions held before the community of practice began: what it is for, how its "
    "objectives could be met, and how to reach everybody who should hear of the request for proposals."
)

PARTICIPANTS, FACILITATORS, SUBMISSIONS = 27, 2, 32
PERCENTAGES = (3, 19, 7, 22, 0, 0, 10, 0, 3, 13, 13, 10, 0)
# The row of a department that joined the table later has no figure in 2022.
CATEGORY_LABELS = (
    "Researcher or member of the academic community",
    "SUD treatment provider",
    "Recovery community organization",
    "Department of Human Services",
    "Department of Health",
    "Department of Corrections",
    "County social services agency",
    "Tribal Nations or Tribal social services providers",
    "Individual who has used SUD treatment services",
    "Family member or support person",
    "Managed care organization, not including DHS staff",
    "Other",
    "Unknown / no response",
)
REMARK = (
    "Imported as the agency published it in 2022: percentages only, no counts. Read back by largest remainder on the "
    "stated base of 32 submissions, the percentages belong to counts that sum to 31; one submission is in no row. "
    "The figures stand as published and were not computed again."
)

AGENDA = (
    ("Welcome, new members and poll results", "information"),
    ("What is in and out of scope for these sessions", "information"),
    ("How the six duties will be met", "discussion"),
    ("Status of the request for proposals", "information"),
    ("Five questions for discussion", "open_discussion"),
    ("Closing", "information"),
)

SUMMARY = """\
## In scope for the planning sessions

What a community of practice is; the purposes of this one; the deliverables for the request for proposals; gaps in
treatment services; how the six duties will be met; shared meeting practices.

- Early research points to Individual Placement and Support as an employment model that works for people with SUD.
- One participant hoped the community would look at treatment, providers and access more than at barriers.
- By a show of thumbs the group agreed that gaps need to be put in order of priority.
- Some of the duties hang together, and can be taken up again at any point.

## Out of scope

Solving the gaps that were named, and sharing practices between peers: both wait for the community itself.

The request for proposals was in internal review, to be posted within the next few months.

## Questions for discussion

### 1. How do we reach people who get no mail from the agency?

A press release through the large newspapers, or a more pointed way through the recovery press; an established mailing
list; the best channel for each group; social media; recovery community organizations, NAACP, Tribes and MARRCH; and word
of mouth, since anybody interested can join.

### 2. How do we win and keep people with lived experience, their families and supporters?

Keeping matters as much as winning: people with lived experience should be present at every meeting, and action keeps
people more than planning does. Can they be paid for taking part? How does somebody become a member? Say plainly what
sets this group apart from dozens of others, what its takeaways are, and how it will know that it makes a difference. Go
out to communities and support their work. ECHO groups were named, and recovery organizations again.

### 3. How do we win and keep people from communities hit hardest?

The answers to the second question apply to people who are Black, Indigenous or people of color, and to others whose
communities carry more than their share of harm.

### 4. How do we keep members engaged?

A short survey at the end of meetings, knowing that many people wear several hats; stories sent ahead, so that members are
heard and time remains for the work; and acting on what is said while people watch, as another state initiative does.

### 5. Are more planning sessions needed?

The group agreed that they are not.
"""
