import pytest
from django.core.exceptions import ImproperlyConfigured

from cop_portal import environment


def test_missing_value_without_a_default_stops_the_start(monkeypatch):
    monkeypatch.delenv("SOMETHING", raising=False)

    with pytest.raises(ImproperlyConfigured, match="SOMETHING"):
        environment.env("SOMETHING")


def test_empty_value_counts_as_missing(monkeypatch):
    monkeypatch.setenv("SOMETHING", "")

    assert environment.env("SOMETHING", "a default") == "a default"


def test_secret_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("kept in a file\n")
    monkeypatch.setenv("SOMETHING_FILE", str(tmp_path / "secret"))

    assert environment.env_secret("SOMETHING") == "kept in a file"


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("FALSE", False)])
def test_bool_reads_true_and_false(monkeypatch, value, expected):
    monkeypatch.setenv("SOMETHING", value)

    assert environment.env_bool("SOMETHING", default=not expected) is expected


@pytest.mark.parametrize(
    ("read", "value"), [(environment.env_bool, "yes"), (environment.env_int, "many")], ids=["bool", "int"]
)
def test_nonsense_stops_the_start(monkeypatch, read, value):
    monkeypatch.setenv("SOMETHING", value)

    with pytest.raises(ImproperlyConfigured, match="SOMETHING"):
        read("SOMETHING", default=1)


@pytest.mark.parametrize(("value", "is_taken"), [("2", False), ("3", True)])
def test_number_below_its_least_stops_the_start(monkeypatch, value, is_taken):
    monkeypatch.setenv("SOMETHING", value)

    if is_taken:
        assert environment.env_int("SOMETHING", default=5, at_least=3) == 3
    else:
        with pytest.raises(ImproperlyConfigured, match="SOMETHING must be at least 3"):
            environment.env_int("SOMETHING", default=5, at_least=3)


def test_list_drops_blanks(monkeypatch):
    monkeypatch.setenv("SOMETHING", "one, two,,")

    assert environment.env_list("SOMETHING") == ["one", "two"]


def test_postgres_address_is_unquoted():
    entry = environment.database("postgres://portal:p%40ss@db:5432/cop")

    found = {key: entry[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert found == {"NAME": "cop", "USER": "portal", "PASSWORD": "p@ss", "HOST": "db", "PORT": "5432"}


def test_sqlite_takes_the_write_lock_at_the_start_and_survives_a_power_cut():
    options = environment.database("sqlite:////data/portal.sqlite3")["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in options["init_command"]


def test_database_host_that_vanished_is_given_up_before_half_a_minute():
    options = environment.database("postgres://portal@db/cop")["OPTIONS"]

    quiet = options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"]
    assert 20 <= quiet <= 30
    assert options["tcp_user_timeout"] == 1000 * quiet


def test_unknown_database_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match="mysql"):
        environment.database("mysql://db/cop")


def test_without_redis_cache_and_broker_lie_beside_the_database(tmp_path):
    url, options = environment.broker("none", tmp_path / "broker")

    assert environment.cache("none") == {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
    assert url == "filesystem://"
    assert {path.name for path in (tmp_path / "broker").iterdir()} == {"messages", "control"}
    assert options["data_folder_in"] == options["data_folder_out"] == str(tmp_path / "broker" / "messages")


def test_a_silent_redis_holds_nobody_for_longer_than_a_second(tmp_path):
    _, options = environment.broker("redis://host:6379/0", tmp_path / "broker")

    assert environment.cache("redis://host:6379/0")["OPTIONS"] == options
    assert options == {"socket_timeout": 1, "socket_connect_timeout": 1}
    assert not (tmp_path / "broker").exists()
