"""What we write ourselves, read back by the email package, says what Django's own writing says."""

import smtplib
from email import message_from_bytes, policy

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import BadHeaderError
from hypothesis import given
from hypothesis import strategies as st

from notices.wire import as_data, mailbox, to_bytes


def a_message(**changes):
    given = {
        "subject": "The next meeting", "body": "Hello\n", "from_email": "Community of Practice <cop@portal.example>",
        "to": ["ann@example.org"], "headers": {"Message-ID": "<1@portal.example>", "List-ID": "Meetings <m.portal.example>"},
    } | changes  # fmt: skip
    html = given.pop("html", "<p>Hello</p>")
    message = EmailMultiAlternatives(**given)
    message.attach_alternative(html, "text/html")
    return message


def read(raw):
    message = message_from_bytes(raw, policy=policy.default)
    parts = [(part.get_content_type(), part.get_content()) for part in message.iter_parts()]
    headers = {
        name: " ".join(str(value).split()) for name, value in message.items() if name not in ("Content-Type", "Date")
    }
    assert message["Date"].datetime
    return headers, [(kind, text.replace("\r\n", "\n")) for kind, text in parts]


def both_ways(message):
    return read(to_bytes(message)), read(message.message().as_bytes(linesep="\r\n"))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subject": "Reunión: ¿qué hay de nuevo?"},
        {"subject": "ကြိုဆိုပါတယ် " * 12},
        {"from_email": "Comunidad de práctica <cop@portal.example>"},
        {"to": ["josé@example.org"]},
        {"to": ["ann@bücher.example"]},
        {"headers": {"Message-ID": "<2@x>", "List-ID": "Grupo de acción <g.portal.example>"}},
        {"headers": {"Message-ID": "<3@x>", "List-Unsubscribe": f"<https://portal.example/{'x' * 300}>"}},
        {
            "body": "line one\r\nline two\rline three\n\n.\n..\nFrom here\n trailing \t\n=3D = ~",
            "html": "<p>=\n.\n</p>",
        },
        {"body": "word " * 2000, "html": f"<p>{'слово ' * 2000}</p>"},
    ],
)
def test_both_ways_say_the_same(changes):
    ours, djangos = both_ways(a_message(**changes))

    assert ours == djangos


words = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=300)


@given(body=words, html=words)
def test_whatever_people_write_arrives_as_it_was(body, html):
    _, parts = read(to_bytes(a_message(body=body, html=html)))

    assert parts == [("text/plain", body), ("text/html", html)]


def test_every_line_is_one_that_a_mail_server_takes():
    raw = to_bytes(a_message(subject="ж" * 400, body="x" * 5000, html="<p>" + "y" * 5000))

    assert max(map(len, raw.split(b"\r\n"))) <= 900
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\nBcc: all@example.org"},
        {"to": ["nobody\r\nBcc: all@example.org"]},
        {"from_email": "CoP\n<cop@portal.example>"},
        {"headers": {"Message-ID": "<1@x>\r\nBcc: all@example.org"}},
    ],
)
def test_a_line_break_in_a_header_is_refused(changes):
    with pytest.raises(BadHeaderError):
        to_bytes(a_message(**changes))


def test_what_has_another_shape_goes_the_long_way():
    message = a_message()
    message.attach_alternative("BEGIN:VCALENDAR", "text/calendar; method=REQUEST")

    assert b"text/calendar" in to_bytes(message)


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        (b"Hi\r\n", b"Hi\r\n.\r\n"),
        (b"Hi", b"Hi\r\n.\r\n"),
        (b".\r\n..\r\na.b\r\n.c\r\n", b"..\r\n...\r\na.b\r\n..c\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_no_line_of_a_message_ends_it(raw, data):
    assert as_data(raw) == data


@given(raw=st.lists(st.sampled_from([b".", b"\r\n", b"x", b"="])).map(b"".join))
def test_data_is_what_smtplib_would_send(raw):
    stuffed = smtplib._quote_periods(raw)

    assert as_data(raw) == (stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n") + b".\r\n"


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("ann@example.org", "ann@example.org"),
        ("Community of Practice <cop@portal.example>", "cop@portal.example"),
        ("Comunidad de práctica <cop@portal.example>", "cop@portal.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("o'brien+cop@example.org", "o'brien+cop@example.org"),
    ],
)
def test_envelope_holds_the_address_alone(written, bare):
    assert mailbox(written) == bare
