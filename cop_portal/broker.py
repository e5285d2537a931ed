"""The broker of the embedded portal: a folder of messages, each of which appears in it whole."""

import tempfile
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Kombu's own opens the file under its final name and writes to it afterwards.

    A worker that looks in between takes an empty file, cannot read it, and stops for good: mail then waits until
    somebody starts it again.
    """

    # The two classes above it name the message differently.
    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        # The name is Kombu's; it says the queue, and sorts by age.
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".part", delete=False) as part:
            part.write(dumps(payload))
        Path(part.name).rename(folder / name)


class Transport(filesystem.Transport):
    Channel = Channel


def use_whole_files() -> None:
    """From now on ``filesystem://`` means this transport, in the web's process as in the worker's."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:{Transport.__name__}"
