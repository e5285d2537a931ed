"""The containers' health checks, without curl: ask an address, or look whether a file is still being written.

``python -m cop_portal.probe http://127.0.0.1:8000/health/ready`` or ``python -m cop_portal.probe /data/beat-schedule``.
Says by the exit status whether it is well. Imports nothing of Django, so that it starts at once.
"""

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

# The clock saves its schedule every three minutes.
FRESH_SECONDS = 600


def answers(url: str) -> bool:
    """Whether this http:// address answers 200 within four seconds."""
    parts = urlsplit(url)
    # The portal answers only to its own names, and this one asks from inside.
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=4)
    try:
        connection.request("GET", parts.path, headers={"Host": host})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def is_fresh(path: str) -> bool:
    """Whether this file was written lately, under its name or with the ending that the platform's dbm adds."""
    file = Path(path)
    written = [found.stat().st_mtime for found in file.parent.glob(f"{file.name}*")]
    return bool(written) and time.time() - max(written) < FRESH_SECONDS


if __name__ == "__main__":
    thing = sys.argv[1]
    sys.exit(0 if (answers(thing) if thing.startswith("http://") else is_fresh(thing)) else 1)
