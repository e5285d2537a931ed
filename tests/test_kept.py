"""What is kept between runs is never older than what it is made of (kept.py)."""

import pytest

from tests import kept


@pytest.fixture
def made(tmp_path, monkeypatch):
    """``made(*sources)``: the folder made of these files of a house of its own, and how often one was made."""
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "var")
    times = []

    def make(into):
        times.append(into)
        into.mkdir()
        (into / "sum").write_text(str(len(times)))

    def ask(*names):
        folder = kept.folder_of("sum", [tmp_path / name for name in names], make)
        return (folder / "sum").read_text(), len(times)

    return ask


def test_what_is_made_is_kept_until_a_source_changes_or_is_called_otherwise(made, tmp_path):
    (tmp_path / "a").write_text("1")

    assert [made("a"), made("a")] == [("1", 1), ("1", 1)]
    (tmp_path / "a").write_text("2")
    assert made("a") == ("2", 2)
    (tmp_path / "a").rename(tmp_path / "b")
    assert made("b") == ("3", 3)
    assert len(list((tmp_path / "var").glob("sum-*"))) == 1


def test_what_was_made_by_half_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "var")

    def fail(into):
        into.mkdir()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        kept.folder_of("sum", [], fail)
    folder = kept.folder_of("sum", [], lambda into: into.mkdir())

    assert folder.is_dir()
    assert folder.name.startswith("sum-")
