"""Told to stop, a worker ends the message that it is handing over, gives the others back, and only then goes.

A deploy or a restart must not leave a message of which nobody knows whether it arrived.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def until_told_to_stop() -> Iterator[threading.Event]:
    """The event is set by SIGTERM. What the signal does otherwise happens at the end, when nothing is in our hands."""
    told = threading.Event()

    def remember(number: int, frame: FrameType | None) -> None:
        told.set()

    if threading.current_thread() is not threading.main_thread():  # only there may a program say what a signal does
        yield told
        return
    otherwise = signal.signal(signal.SIGTERM, remember)
    try:
        yield told
    finally:
        signal.signal(signal.SIGTERM, otherwise)
        if told.is_set():
            signal.raise_signal(signal.SIGTERM)
