"""What is dear to make and comes out the same each time: made once, and kept for later runs until its sources change."""

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "tests"


def digest(paths: Iterable[Path]) -> str:
    """What these files are called and hold now, in a word."""
    said = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        said.update(f"{path.relative_to(ROOT)}:{path.stat().st_size}:".encode() + path.read_bytes())
    return said.hexdigest()[:16]


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """One process at a time: who comes first makes it, others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def folder_of(name: str, sources: Iterable[Path], make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` fills out of these sources."""
    folder, half = FOLDER / f"{name}-{digest(sources)}", FOLDER / f"half-{name}"
    with alone(FOLDER, name):
        if not folder.exists():
            for old in [*FOLDER.glob(f"{name}-*"), half]:
                shutil.rmtree(old, ignore_errors=True)
            make(half)
            half.rename(folder)
    return folder
