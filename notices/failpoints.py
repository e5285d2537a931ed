"""Places where a test kills the process, as a power cut would. Outside the test settings they do nothing."""

import os
import signal

from django.conf import settings


def failpoint(name: str) -> None:
    """Die here, by signal 9, if the test settings allow it and COP_FAILPOINT names this place."""
    if settings.FAILPOINTS and os.environ.get("COP_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
