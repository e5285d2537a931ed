import pytest
from django.core.cache import cache
from django.db import OperationalError

from cop_portal import health


def test_live_asks_nothing_of_the_database(client, django_assert_num_queries):
    response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"alive": True})


@pytest.mark.django_db
def test_ready_when_database_and_cache_work(client):
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"database": True, "cache": True, "clock": True})


@pytest.mark.django_db
def test_not_ready_names_the_part_at_fault_and_nothing_more(client, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("redis://secret@10.0.0.1 refused")

    monkeypatch.setattr(cache, "set", broken)

    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (503, {"database": True, "cache": False, "clock": True})


def test_not_ready_without_the_database(rf, monkeypatch):
    def broken(*args, **kwargs):
        raise OperationalError("no route to host")

    monkeypatch.setattr(health, "MigrationExecutor", broken)
    monkeypatch.setattr(health, "_cache_is_ready", lambda: True)
    monkeypatch.setattr(health.clock, "is_right", broken)

    assert health.ready(rf.get("/health/ready")).status_code == 503


def test_health_sets_no_cookie(client):
    assert not client.get("/health/live").cookies
