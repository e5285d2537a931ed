"""Poll reports of all shapes, read and counted without a database: each person's last answer, once, and no name."""

import codecs
import csv
import io
import json

import pytest

from cop_portal.errors import Refused
from meetings.tool_report import MOST_ROWS, decode
from polls.poll_report import Facilitators, PollReport, plain, read_report
from polls.report_answers import Target, labels_from, likely, parts_of, said_in, tally
from tests.polls.poll_reports import CATEGORIES, TEAMS, ZOOM, ZOOM_HEAD

FAY = Facilitators(frozenset({"fay@example.org"}), {"fay runs": "Fay Runs"})
LABELS = ("Used services", "Family", "Provider", "County")
TARGET = Target(LABELS, takes_several=True, maximum=0, is_of_categories=True)


def read(*texts, facilitators=FAY):
    return read_report(texts, zone="America/Chicago", facilitators=facilitators)


def answers(asked):
    return sorted(answer for answer, _ in asked.answers)


def test_zoom_gives_each_persons_last_answer():
    report = read(ZOOM)

    categories, pace = report.questions
    assert categories.question == CATEGORIES
    assert answers(categories) == [
        "County", "County; family", "PROVIDER", "Provider", "Used services; Provider", "a neighbor of theirs",
    ]  # fmt: skip
    assert (categories.replaced, categories.anonymous, categories.empty) == (1, 2, 0)
    assert (answers(pace), pace.replaced) == (["No", "No", "Yes", "Yes"], 1)
    assert [whose for answer, whose in categories.answers if answer == "Provider"] == ["f"]


def test_nothing_that_is_kept_names_anybody():
    said = json.dumps(read(ZOOM).to_json())

    assert [word for word in ("Ana", "Lopez", "Ito", "Fay", "Cem", "@", "10:05", "2027") if word in said] == []


def test_what_is_kept_is_read_again():
    report = read(ZOOM)

    again = PollReport.from_json(json.loads(json.dumps(report.to_json())))

    assert [each.question for each in again.questions] == [each.question for each in report.questions]
    assert answers(again.questions[0]) == answers(report.questions[0])


def test_columns_are_questions_where_they_are_named():
    pace, else_ = read(TEAMS).questions

    assert (pace.question, answers(pace), pace.replaced) == ("Is the pace right?", ["Yes", "no"], 1)
    assert (else_.question, answers(else_)) == ("What else? 👩‍🔬", ["=1+1", "O’Neil"])


@pytest.mark.parametrize("text", [ZOOM, TEAMS], ids=["Zoom", "Teams"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "mark"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_say_the_same(text, mark, separator):
    out = io.StringIO()
    own = ";" if text == TEAMS else ","
    csv.writer(out, delimiter=separator).writerows(csv.reader(io.StringIO(text), delimiter=own))
    wanted = [(each.question, answers(each)) for each in read(text).questions]

    for data in (mark + out.getvalue().encode(), codecs.BOM_UTF16_LE + out.getvalue().encode("utf-16-le")):
        assert [(each.question, answers(each)) for each in read(decode(data)).questions] == wanted


def test_table_of_question_and_answer_columns():
    report = read("Poll,Question,User Name,Answer\nP,Tea?,Ana,Yes\nP,Tea?,Ben,No\nP,Cake?,Ana,No\n")

    assert [(each.question, answers(each)) for each in report.questions] == [("Tea?", ["No", "Yes"]), ("Cake?", ["No"])]


def test_several_tables_of_a_file_each_with_its_questions():
    report = read(
        "Overview\nTopic,ID\nX,1\n\nLaunched polls\n#,Poll name,Participants\n1,Tea,2\n\nTea\n"
        "#,User Name,Email Address,Submitted Date and Time,Tea?\n1,Ana,,01/20/2027 10:00,Yes\n2,Ben,,01/20/2027 10:00,No\n"
        "\nCake\n#,User Name,Email Address,Submitted Date and Time,Cake?,Tea?\n1,Ana,,01/20/2027 10:09,No,No\n"
    )

    found = [(each.question, answers(each), each.replaced) for each in report.questions]
    assert found == [("Tea?", ["No", "No"], 1), ("Cake?", ["No"], 0)]


def test_two_files_are_one_report_and_the_later_time_counts():
    early, late = (
        f"User Name,Email,Submitted Date/Time,Tea?\nAna,ana@example.org,{at},{said}\n"
        for at, said in [("01/20/2027 10:00", "Yes"), ("01/20/2027 10:30", "No")]
    )

    assert answers(read(late, early).questions[0]) == ["No"]


def test_without_names_each_line_is_a_person():
    [asked] = read("Tea?,Cake?\nYes,x\nYes,x\nNo,x\n").questions[:1]

    assert (answers(asked), asked.anonymous) == (["No", "Yes", "Yes"], 3)


def test_person_called_like_a_facilitator_is_told_apart_only_by_staff():
    [asked] = read("User Name,Email,Tea?\nFay  RUNS,,Yes\nAna,,No\n").questions

    assert sorted(asked.answers) == [("No", ""), ("Yes", "n")]
    assert read("User Name,Email,Tea?\nFay  RUNS,,Yes\n").namesakes == ["Fay Runs"]


def test_name_with_and_without_an_address_is_said():
    report = read("User Name,Email,Tea?\nAna,ana@example.org,Yes\nAna,,No\n")

    assert (report.several_of_a_name, answers(report.questions[0])) == (1, ["No", "Yes"])


def test_answers_made_one_persons_by_a_name_alone_are_counted_and_their_name_is_not_kept():
    report = read(
        "User Name,Email,Tea?\nAna,,Yes\nana,,No\nANA,,No\nBo,,No\nBo,,Yes\nCy,,Yes\n"
        "Di,di@example.org,Yes\nDi,di@example.org,No\nAnonymous,,Yes\nAnonymous,,Yes\n"
    )

    [asked] = report.questions
    assert (asked.by_name, asked.replaced, asked.anonymous, len(asked.answers)) == (5, 4, 2, 6)
    assert [name for name in ("Ana", "ana", "Bo", "Cy", "Di") if f'"{name}' in json.dumps(report.to_json())] == []


def test_question_twice_in_a_line_is_one_persons_without_doubt():
    [asked] = read(f"{ZOOM_HEAD}1,Ana,,,Tea?,Yes,Tea?,No\n").questions

    assert (asked.by_name, asked.replaced, answers(asked)) == (0, 1, ["No"])


def test_name_whose_lines_answer_other_questions_brings_no_answers_together():
    report = read(f"{ZOOM_HEAD}1,Ana,,,Tea?,Yes\n2,Ana,,,Cake?,No\n")

    assert [asked.by_name for asked in report.questions] == [0, 0]


def test_free_text_is_not_kept():
    lines = "".join(f"P{n},p{n}@example.org,My story number {n}\n" for n in range(61))

    [asked] = read(f"Name,Email,What happened?\n{lines}").questions

    assert (asked.is_text, asked.answers) == (True, [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ZOOM_HEAD, "no_answers"),
        ("hello", "no_answers"),
        ("Name,Email,Duration\nAna,ana@example.org,50\n", "no_answers"),
        ("Name,Email,Tea?\nAna,ana@example.org,\n", "no_answers"),
        ("Name,Email,Tea?\n" + "A,,Yes\n" * (MOST_ROWS + 1), "too_many"),
        ("Name,Email," + ",".join(f"Q{n}?" for n in range(51)) + "\nA,," + ",".join(["x"] * 51) + "\n", "too_many"),
    ],
    ids=["headings only", "a word", "attendance", "no answer", "long", "many questions"],
)
def test_what_is_no_poll_report_is_refused_in_words(text, code):
    with pytest.raises(Refused) as refusal:
        read(text)

    assert refusal.value.code == code


# --- Counting -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("Yes", ["Yes"]),
        ("Yes;No", ["Yes", "No"]),
        ("Yes; No;", ["Yes", "No"]),
        ("Yes, No", ["Yes", "No"]),
        ("Yes, perhaps", ["Yes, perhaps"]),
        ("A;B, and C", ["A;B, and C"]),
        ("a; b,  and c;Yes", ["a; b, and c", "Yes"]),
        ("x;A;B, and C", ["x", "A;B, and C"]),
        ("", []),
    ],
)
def test_several_answers_in_a_cell(cell, parts):
    labels = ["Yes", "No", "A;B, and C", "a; b, and c"]

    found = parts_of(" ".join(cell.split()), labels, several=True)

    assert found == parts


def test_single_choice_is_never_cut():
    assert parts_of("Yes;No", ["Yes", "No"], several=False) == ["Yes;No"]


def test_likely_options():
    labels = ["5, very much", "Thumbs up: I support it", "O’Neil’s", "4"]

    found = likely(["5", "thumbs up", "o'neil's", "3"], labels)

    assert found == {"5": "5, very much", "thumbs up": "Thumbs up: I support it", "o'neil's": "O’Neil’s"}


def test_tally_counts_options_and_says_what_is_in_no_count():
    asked = read(ZOOM).questions[0]
    said = likely(said_in(asked, TARGET), LABELS)

    open_ = tally(asked, TARGET, said, namesakes_out=True)
    found = tally(asked, TARGET, said | {plain("a neighbor of theirs"): ""}, namesakes_out=True)

    assert open_.undecided == 1
    assert found.undecided == 0
    assert dict(found.counts) == {"Used services": 1, "Family": 1, "Provider": 2, "County": 2}
    assert len(found.ballots) == 4
    assert {name: number for name, number in found.unused.items() if number} == {
        "replaced": 1, "facilitator": 1, "no_answer": 1,
    }  # fmt: skip


def test_limits_of_the_poll_hold_for_a_report():
    asked = read("Name,Email,Tea?\nA,,Yes;No\nB,,No\nC,,Yes;No;Perhaps\n").questions[0]
    target = Target(("Yes", "No", "Perhaps"), takes_several=True, minimum=2, maximum=2)

    found = tally(asked, target, likely(said_in(asked, target), target.labels), namesakes_out=True)

    assert (len(found.ballots), found.unused["too_few"], found.unused["too_many"]) == (1, 1, 1)


def test_options_for_a_new_poll_are_the_answers_given():
    asked = read(f"Name,Email,Tea?\nA,,yes\nB,,Yes\nC,,YES;no\nD,,Yes\nE,,{'x' * 130}\n").questions[0]

    assert labels_from(asked, several=True) == ["no", "x" * 119 + "…", "Yes"]
