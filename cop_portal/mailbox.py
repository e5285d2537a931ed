"""The development mailbox: mail is kept as files to be read in the browser, and never leaves this machine."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class MailboxBackend(BaseEmailBackend):
    """Saves each message as an .eml file in settings.MAILBOX_DIR."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{datetime.now(tz=UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
            written = folder / f"{name}.part"
            written.write_bytes(message.message().as_bytes())
            written.rename(folder / f"{name}.eml")  # a reader never sees half a message
        return len(email_messages)


@dataclass(frozen=True)
class Kept:
    """One message in the mailbox."""

    name: str
    message: ParsedMessage

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(key, str(value)) for key, value in self.message.items()]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "(no subject)")

    @property
    def to(self) -> str:
        return str(self.message["To"] or "")

    @property
    def date(self) -> str:
        return str(self.message["Date"] or "")

    def part(self, kind: str) -> str:
        """The part of this type (text/plain, text/html, text/calendar), or an empty text."""
        for part in self.message.walk():
            if part.get_content_type() == kind:
                return str(part.get_content())
        return ""


def names() -> list[str]:
    """All messages, newest first."""
    return sorted((path.stem for path in Path(settings.MAILBOX_DIR).glob("*.eml")), reverse=True)


def read(name: str) -> Kept | None:
    path = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    if name not in names():  # a name from an address never becomes a path outside the folder
        return None
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Kept(name, parsed)
