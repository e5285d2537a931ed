"""The archive as Atom: all of it, and one subject; well formed, with names that stay."""

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from notices.enums import Subject
from tests.factories import NoticeFactory, ReleasedNoticeFactory, RfpFactory, TopicFactory

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def read(client, address):
    return ET.fromstring(client.get(address).content)


def titles(feed):
    return [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]


def test_each_subject_has_a_feed_of_its_own(client, now):
    topic = TopicFactory(label="Workgroup: Homes & care")
    ReleasedNoticeFactory(title="One <b>meeting</b>", body="Hello {name}", released_at=now)
    ReleasedNoticeFactory(title="A request", subject=Subject.RFPS, released_at=now - timedelta(days=1))
    ReleasedNoticeFactory(title="A home", subject=topic.key, released_at=now - timedelta(days=2))
    NoticeFactory(title="A draft")

    assert titles(read(client, "/notices/feed/")) == ["One <b>meeting</b>", "A request", "A home"]
    feed = read(client, f"/notices/feed/{topic.key}/")
    assert titles(feed) == ["A home"]
    assert feed.findtext(f"{ATOM}title").startswith("Workgroup: Homes & care: Notices of the")
    assert [link.get("href").split("/", 3)[3] for link in feed.findall(f"{ATOM}link")] == [
        f"notices/?about={topic.key}", f"notices/feed/{topic.key}/",
    ]  # fmt: skip
    for unknown in ("digest", "workgroup-99", "weather"):
        assert client.get(f"/notices/feed/{unknown}/").status_code == 404


def test_names_in_a_feed_stay_and_are_no_other_feed_s(client, now):
    ReleasedNoticeFactory(released_at=now)
    first, of_subject = (read(client, f"/notices/feed/{subject}") for subject in ("", "meetings/"))
    ReleasedNoticeFactory(released_at=now + timedelta(days=1))
    second = read(client, "/notices/feed/")

    [name] = [entry.findtext(f"{ATOM}id") for entry in first.iter(f"{ATOM}entry")]
    assert name in [entry.findtext(f"{ATOM}id") for entry in second.iter(f"{ATOM}entry")]
    assert name in [entry.findtext(f"{ATOM}id") for entry in of_subject.iter(f"{ATOM}entry")]
    assert first.findtext(f"{ATOM}id") == second.findtext(f"{ATOM}id") != of_subject.findtext(f"{ATOM}id")
    assert "reader" in first.find(f"{ATOM}entry").findtext(f"{ATOM}summary")


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        ("/", ["/notices/feed/"]),
        ("/notices/", ["/notices/feed/"]),
        ("/notices/?about=rfps", ["/notices/feed/", "/notices/feed/rfps/"]),
        ("/notices/?about=weather", ["/notices/feed/"]),
        ("/notices/one/", ["/notices/feed/", "/notices/feed/meetings/"]),
        ("/rfps/", ["/notices/feed/rfps/"]),
        ("/rfps/a-request/", ["/notices/feed/rfps/"]),
    ],
)
def test_pages_lead_a_reader_to_their_feeds(client, now, page, feeds):
    ReleasedNoticeFactory(slug="one")
    RfpFactory(slug="a-request", published_at=now - timedelta(days=300))

    found = re.findall(
        r'<link rel="alternate" type="application/atom\+xml"[^>]* href="([^"]+)"', client.get(page).content.decode()
    )
    assert found == feeds
    for feed in found:
        assert client.get(feed)["Content-Type"].startswith("application/atom+xml")
