"""Every mail: small, readable without its HTML, in the dark, by anybody; and nothing in it that looks back."""

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail

from notices import delivery
from notices.message import render_mail
from tests.factories import DeliveryFactory, ReleasedNoticeFactory, SubscriptionFactory

MAIL = Path(settings.BASE_DIR) / "templates" / "mail"
TEMPLATES = sorted(str(path.relative_to(MAIL).with_suffix("")) for path in MAIL.rglob("*.subject"))
MOST = 60 * 1024  # Gmail cuts a mail off at 102 KB; a phone on a bad line is glad of less


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_mail_is_small_and_says_the_same_to_everybody(name):
    subject_line, text, html = render_mail(name, {"notice": {"title": "News"}})

    assert subject_line
    assert settings.COMMUNITY["accessible_formats"] in text
    assert settings.COMMUNITY["contact_email"] in text
    assert re.search(r"<[a-z/]|&(amp|#x27|lt|quot);", text) is None
    assert "ADA coordinator" in html
    assert "prefers-color-scheme: dark" in html
    assert '<html lang="en">' in html
    assert len(html.encode()) + len(text.encode()) < MOST / 4  # the rest is for what people write


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_mail_loads_or_reports_anything(name):
    source = (MAIL / f"{name}.html").read_text() + (MAIL / "base.html").read_text()

    assert re.findall(r"<(?:img|script|link|iframe|object|form|input)\b|\bsrc=|url\(|@import", source) == []
    links = re.findall(r'href="([^"]*)"', source)
    assert [link for link in links if not link.startswith(("{{ ", "{% ", "mailto:"))] == []
    assert not re.search(r"utm_|[?&](?:t|track|open)=", source)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_subject_line_tells_nothing_of_a_person(name):
    """It is read over a shoulder, and on a locked phone."""
    words = (MAIL / f"{name}.subject").read_text()

    assert re.search(r"stipend|lived experience|substance|recovery|\bname\b", words, re.IGNORECASE) is None


@pytest.mark.django_db
def test_a_long_notice_goes_out_whole_with_all_its_headers():
    subscription = SubscriptionFactory()
    notice = ReleasedNoticeFactory(
        body="\n\n".join(f"Paragraph {n}: " + "eleven plain words that say what is up. " * 8 for n in range(40))
    )
    DeliveryFactory(
        text="", notice=notice, subscriber=subscription.subscriber, unsubscribe_from=subscription.subject,
        address=subscription.subscriber.email,
    )  # fmt: skip
    delivery.deliver_due()

    raw = mail.outbox[0].message().as_bytes()
    message = message_from_bytes(raw, policy=policy.default)
    assert len(raw) < MOST
    assert "Paragraph 39" in message.get_body(("plain",)).get_content()
    assert "Paragraph 39" in message.get_body(("html",)).get_content()
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    wanted = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-ID", "List-Unsubscribe", "List-Unsubscribe-Post"}  # fmt: skip
    assert wanted <= set(message.keys())
    assert message["From"] == settings.MAIL_FROM
    assert re.search(r"substance|sud\b", message["From"], re.IGNORECASE) is None


def test_a_heading_in_a_mail_is_smaller_than_its_title():
    base, notice = (
        Path(settings.BASE_DIR, "templates", "mail", name).read_text() for name in ("base.html", "notices/notice.html")
    )

    sizes = [int(size) for size in re.findall(r"\.mail-card h\d[^{]*\{ font-size: (\d+)px", base)]
    title = int(re.search(r"<h1 style=[^>]*font-size:(\d+)px", notice).group(1))

    assert [title, *sizes] == sorted({title, *sizes}, reverse=True) == [24, 20, 17]
