"""Ask one address and say by the exit status whether it is well: the container's health check, without curl.

Imports nothing of Django, so that it starts at once.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit


def is_well(url: str) -> bool:
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


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
