"""The embedded broker under its own negative control: Kombu's transport loses the worker, ours does not."""

from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.transport import filesystem

from cop_portal.broker import Transport


@pytest.fixture
def options(tmp_path):
    for part in ("messages", "control"):
        (tmp_path / part).mkdir()
    folder = str(tmp_path / "messages")
    return {"data_folder_in": folder, "data_folder_out": folder, "control_folder": str(tmp_path / "control")}


def seen_by_a_worker(transport, options, monkeypatch):
    """What a worker gets that looks at the very moment in which a message is written."""
    module = filesystem if transport is filesystem.Transport else None
    with Connection("filesystem://", transport=transport, transport_options=options) as connection:
        channel, found = connection.channel(), []

        def look(*_):
            try:
                found.append(channel._get("celery"))
            except (Empty, ValueError) as problem:
                found.append(type(problem).__name__)

        if module:
            monkeypatch.setattr(filesystem, "lock", look)
        else:
            rename = Path.rename
            monkeypatch.setattr(Path, "rename", lambda path, target: (look(), rename(path, target))[1])
        channel._put("celery", {"wake": "up"})
        look()
    return found


def test_kombus_own_transport_hands_out_an_empty_message(options, monkeypatch):
    assert seen_by_a_worker(filesystem.Transport, options, monkeypatch) == ["JSONDecodeError", "Empty"]


def test_ours_hands_out_a_message_once_it_is_whole(options, monkeypatch):
    assert seen_by_a_worker(Transport, options, monkeypatch) == ["Empty", {"wake": "up"}]
    assert not list(Path(options["data_folder_in"]).iterdir())


def test_the_portal_uses_ours():
    with Connection("filesystem://") as connection:
        assert connection.get_transport_cls() is Transport
