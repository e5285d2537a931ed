"""A message as the bytes that go over the wire.

Python's email package writes any message there can be, and takes two milliseconds for it: more than everything else that
a mail costs. Nearly all of ours have one shape, a text and the same as HTML. That one is written here; a test holds it
against the email package. Everything else goes the long way.
"""

import binascii
import re
from dataclasses import dataclass
from email.header import Header
from email.utils import formatdate, parseaddr
from functools import cached_property, lru_cache
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import BadHeaderError, sanitize_address

_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]+@[A-Za-z0-9.-]+")
_HEAD = b'Content-Type: %s; charset="utf-8"\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
_LINE = 76


@dataclass
class Letter:
    """A message, and its bytes once somebody asks for them."""

    message: EmailMultiAlternatives

    @cached_property
    def raw(self) -> bytes:
        return to_bytes(self.message)


def to_bytes(message: EmailMultiAlternatives) -> bytes:
    """The message with CRLF line ends. Refuses what Django refuses: a line break in a header (BadHeaderError)."""
    parts = [(str(content), kind) for content, kind in message.alternatives]
    if [kind for _, kind in parts] != ["text/html"] or message.attachments:
        written: Any = message.message()  # Django's own kind of message: it knows how to end a line
        raw: bytes = written.as_bytes(linesep="\r\n")
        return raw
    headers = {
        "Subject": message.subject,
        "From": safe_address(message.from_email),
        "To": ", ".join(safe_address(address) for address in message.to),
        "Date": formatdate(),
        **message.extra_headers,
    }
    boundary = b"=_" + binascii.hexlify(str(headers["Message-ID"]).encode())[:60]
    lines = [f"{name}: {_value(str(value), len(name))}\r\n".encode("ascii") for name, value in headers.items()]
    return b"".join(
        (
            *lines,
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="', boundary, b'"\r\n\r\n--', boundary,
            b"\r\n", _HEAD % b"text/plain", _encoded(str(message.body)), b"\r\n--", boundary,
            b"\r\n", _HEAD % b"text/html", _encoded(parts[0][0]), b"\r\n--", boundary, b"--\r\n",
        )
    )  # fmt: skip


def as_data(raw: bytes) -> bytes:
    """The bytes after DATA: a full stop that begins a line doubled, one by itself at the end (RFC 5321, 4.5.2)."""
    if raw.startswith(b".") or b"\r\n." in raw:
        raw = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    return raw + (b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n")


def _encoded(text: str) -> bytes:
    """Quoted-printable. A boundary cannot occur in it: an equals sign is never followed by an underline there."""
    return b"\r\n".join(map(_encoded_line, text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))


@lru_cache(maxsize=4096)
def _encoded_line(line: str) -> bytes:
    """Kept, since the mails of a notice differ in a few lines only."""
    return binascii.b2a_qp(line.encode(), istext=True).replace(b"\n", b"\r\n")


@lru_cache(maxsize=512)
def _value(value: str, taken: int) -> str:
    """A header's value: as it is, or in the words that say which alphabet it is in."""
    _must_be_one_line(value)
    if value.isascii() and len(value) + taken <= 900:  # RFC 5322: no line longer than 998
        return value
    return Header(value, "utf-8", maxlinelen=_LINE, header_name="x" * taken).encode(linesep="\r\n")


@lru_cache(maxsize=512)
def safe_address(value: str) -> str:
    """An address, with its name, as a header and an envelope can hold it; most can as they are."""
    _must_be_one_line(value)
    if _PLAIN.fullmatch(value):
        return value
    safe: str = sanitize_address(value, "utf-8")
    return safe


def mailbox(value: str) -> str:
    """The address alone, as the envelope holds it; ``value`` may have a name with it."""
    return value if _PLAIN.fullmatch(value) else parseaddr(safe_address(value))[1]


def _must_be_one_line(value: str) -> None:
    if "\n" in value or "\r" in value:
        raise BadHeaderError("A header cannot hold a line break.")
