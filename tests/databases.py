"""One empty, migrated database: made once by the real migrations, and copied by everybody who needs one.

The migrations take as long as a hundred tests. The suite's workers, the workers that tests kill, and the portal in the
browser all begin with a copy; Django's own ``migrate`` then looks at each copy, and finds nothing left to do.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.kept import FOLDER, ROOT, alone, digest

SERVER = os.environ.get("TEST_DATABASE_URL", "")
ON_POSTGRES = SERVER.startswith("postgres")
# A module of ours that a migration imports: what makes a trigger, or checks a field.
OURS = re.compile(
    r"^(?:from|import) ((?:privacy|members|notices|meetings|polls|stipends|cop_portal)\.[\w.]+)", re.MULTILINE
)
TEMPLATE = f"{os.environ.get('COP_TEST_DB', 'cop')}_migrated"


def admin(*statements: str) -> None:
    """Run these on the PostgreSQL server, each by itself."""
    with psycopg.connect(SERVER, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def url_of(name: str) -> str:
    """The address of another database of the same server."""
    return str(urlsplit(SERVER)._replace(path=f"/{name}").geturl())


def _written() -> str:
    """What the migrations look like now, and what of ours they import, in a word: another word, another template."""
    migrations = list(ROOT.glob("*/migrations/*.py"))
    ours = {name for path in migrations for name in OURS.findall(path.read_text())}
    return digest([*migrations, *(ROOT / f"{name.replace('.', '/')}.py" for name in ours), ROOT / "requirements.lock"])


def migrated(folder: Path) -> Path | str:
    """The template, as a file or the name of a database; who comes first makes it, others wait.

    The file is kept for later runs, as long as no migration, nor what it imports, has changed.
    """
    done, source = folder / "migrated", folder / "migrated.sqlite3"
    if not ON_POSTGRES:
        folder = FOLDER
        source = folder / f"{_written()}.sqlite3"
        done = source.with_suffix(".done")
    with alone(folder, "migrated"):
        if not done.exists():
            for old in folder.glob("*.sqlite3*"):
                old.unlink()
            if ON_POSTGRES:
                admin(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)", f"CREATE DATABASE {TEMPLATE}")
            _migrate(url_of(TEMPLATE) if ON_POSTGRES else f"sqlite:///{source}")
            done.touch()
    return TEMPLATE if ON_POSTGRES else source


def _migrate(url: str) -> None:
    env = {**os.environ, "COP_WORKER_DB": url, "DJANGO_SETTINGS_MODULE": "tests.notices.worker_settings"}
    env.pop("COP_TEST_DB", None)
    command = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--skip-checks", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def copy(template: Path | str, target: Path | str) -> str:
    """A copy, at this path or under this name; its address."""
    if isinstance(template, Path):
        shutil.copy(template, target)
        return f"sqlite:///{target}"
    admin(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)", f"CREATE DATABASE {target} TEMPLATE {template}")
    return url_of(str(target))
