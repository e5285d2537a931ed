"""Who watches a room is answered before the stack, from what was prepared once: fresh, the same for all, never early."""

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisIsDown

from polls import actions, middleware
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")


@pytest.fixture(autouse=True)
def clock(monkeypatch, _nothing_is_prepared):
    """The real seconds of the middleware, on a clock that stands still: ``clock.shift(1.1)``."""
    monkeypatch.setattr(middleware, "FRESH", 1.0)
    monkeypatch.setattr(middleware, "LONGEST", 2.0)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def path(opened):
    return f"/meetings/{opened.meeting.slug}/live/now/"


def look(client, path, known=""):
    """What the client gets, and how many queries it cost."""
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path, headers={"If-None-Match": known} if known else {})
    return response, len(queries)


def answers(response):
    return response.content.decode().partition("</strong> answer")[0].rpartition("<strong>")[2]


def test_everybody_within_a_second_is_answered_from_one_look(path, sign_in):
    first, cost = look(Client(), path)
    others = [look(client, path) for client in (Client(), sign_in(MemberFactory()), Client())]
    unchanged = look(Client(), path, first["ETag"])

    assert cost > 0
    assert [(response.content, cost) for response, cost in others] == [(first.content, 0)] * 3
    assert (unchanged[0].status_code, unchanged[0].content, unchanged[1]) == (304, b"", 0)


def test_a_second_later_the_database_is_asked_and_nothing_drawn_anew(path, clock):
    client = Client()
    first, _ = look(client, path)
    clock.shift(1.1)

    again, cost = look(client, path)

    assert (again.content, cost) == (first.content, 4)
    assert look(client, path)[1] == 0


def test_a_change_shows_after_a_second(path, opened, vote, clock):
    first, _ = look(Client(), path)
    vote(opened, "device", 0)

    assert answers(look(Client(), path)[0]) == "0"
    clock.shift(1.1)
    changed, _ = look(Client(), path, first["ETag"])
    assert (changed.status_code, answers(changed)) == (200, "1")


def test_while_one_asks_the_others_get_what_is_there_but_never_for_long(path, opened, vote, clock):
    look(Client(), path)
    vote(opened, "device", 0)
    cache.add(f"watch:{path}:turn", 1)  # somebody is at it, and does not come back

    clock.shift(1.5)
    assert (answers(look(Client(), path)[0]), look(Client(), path)[1]) == ("0", 0)
    clock.shift(0.6)
    assert answers(look(Client(), path)[0]) == "1"


def test_a_wiped_cache_costs_a_look_and_no_more(path, opened, vote):
    look(Client(), path)
    vote(opened, "device", 0)
    cache.clear()

    assert answers(look(Client(), path)[0]) == "1"


def test_with_the_cache_down_the_process_asks_for_itself_once_a_second(path, opened, vote, clock, monkeypatch):
    def is_down(*args, **kwargs):
        asked.append(args)
        raise RedisIsDown

    asked, client = [], Client()
    for name in ("get", "set", "add"):
        monkeypatch.setattr(f"polls.middleware.cache.{name}", is_down)

    assert answers(look(client, path)[0]) == "0"
    vote(opened, "device", 0)
    assert (answers(look(client, path)[0]), look(client, path)[1]) == ("0", 0)
    clock.shift(1.1)
    assert answers(look(client, path)[0]) == "1"
    # One failed try of a second at most, then none for five.
    assert len(asked) == 1


def test_every_header_of_the_portal_is_on_it_and_no_cookie(path, sign_in):
    client = sign_in(MemberFactory())
    by_the_stack, prepared = look(client, path)[0], look(client, path)[0]
    unchanged = look(client, path, prepared["ETag"])[0]

    for response in (by_the_stack, prepared, unchanged):
        assert all(response.headers[name] == Client().get("/")[name] for name in HEADERS)
        assert response.headers["Cache-Control"] == "no-cache"
        assert not response.cookies
    assert [int(each["Content-Length"]) for each in (by_the_stack, prepared)] == [len(prepared.content)] * 2
    assert (unchanged.status_code, unchanged.has_header("Content-Length")) == (304, False)


def test_what_is_not_committed_is_not_shown(path, opened, staff, now, clock, vote, publish):
    """A result is published by a transaction; one that is undone has shown nothing, and leaves nothing prepared."""
    for place in (2, 2, 2, 3, 3):
        vote(opened, MemberFactory(), place)
    closed = actions.close_poll(opened, by=staff, now=now)
    look(Client(), path)
    clock.shift(1.1)

    with transaction.atomic():
        actions.publish_poll(closed, by=staff, now=now)
        transaction.set_rollback(True)

    response, _ = look(Client(), path)
    assert b"<table" not in response.content
    assert b"is closed" in response.content


def test_a_reset_takes_the_published_table_away(path, opened, staff, now, clock, publish):
    publish(opened, (0, 0, 6, 4))
    assert b"<table" in look(Client(), path)[0].content
    actions.reset_poll(opened, reason="Wrong room", by=staff, now=now)

    clock.shift(1.1)

    assert b"<table" not in look(Client(), path)[0].content


def test_other_addresses_and_methods_go_their_way(path, opened):
    assert Client().post(path).status_code == 405
    assert Client().get("/meetings/no-such-meeting/live/now/").status_code == 404


def test_unprotected_request_is_led_to_https(path, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get(path).status_code == 301
    assert Client().get(path, secure=True).status_code == 200
