"""What a partner passes on: a text to forward, and one printed page with a code for a phone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import segno
from django.conf import settings

from privacy.typeset import accessible_pdf, fits_one_page

_TEMPLATE = Path(__file__).with_name("flyer.typ")
AT_MOST = (1200, 900, 600, 300, 100, 0)  # characters of running text, tried in turn


@dataclass(frozen=True)
class Leaflet:
    """One page of the portal, as it is passed on: what it is called, its facts, its words, and the link to it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    text: str  # plain, paragraphs apart
    address: str

    @property
    def words(self) -> str:
        """The link as one types it."""
        parts = urlsplit(self.address)
        return parts.netloc + parts.path.rstrip("/")


def to_forward(leaflet: Leaflet) -> str:
    """The text for a mail, a newsletter or a post: complete in itself, with the link at its end."""
    community = settings.COMMUNITY
    facts = "\n".join(f"{name}: {value}" for name, value in leaflet.facts)
    foot = f"{community['name']}, {community['agency']}\nQuestions? {community['contact_email']}"
    parts = [
        leaflet.title,
        facts,
        leaflet.text.strip(),
        f"Read more: {leaflet.address}",
        community["accessible_formats"],
        foot,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def flyer_pdf(leaflet: Leaflet) -> bytes:
    """The page to print, as an accessible PDF."""
    return accessible_pdf(_TEMPLATE, _fitting(leaflet))


def _fitting(leaflet: Leaflet) -> dict[str, Any]:
    """As much of the text as keeps the flyer to one page."""
    for most in AT_MOST:
        data = _data(leaflet, most)
        if fits_one_page(_TEMPLATE, data):
            break
    return data


def _data(leaflet: Leaflet, most: int) -> dict[str, Any]:
    community = settings.COMMUNITY
    return {
        "title": leaflet.title,
        "agency": community["agency"],
        "community": f"{community['name']}, {community['agency']}",
        "facts": leaflet.facts,
        "paragraphs": _shortened(leaflet.text, most),
        "drawing": segno.make(leaflet.address, error="m").svg_inline(light="white", border=2),
        "address": leaflet.address,
        "words": leaflet.words,
        "formats": community["accessible_formats"],
        "foot": f"Questions? {community['contact_email']}. We count how many people come by this link, and not who.",
    }  # fmt: skip


def _shortened(text: str, most: int) -> list[str]:
    """Whole words up to so many characters, a line break counted as many; where more was said, a mark says so."""
    found, left = [], most
    for paragraph in filter(None, (" ".join(part.split()) for part in text.split("\n\n"))):
        if len(paragraph) > left:
            found.append(f"{paragraph[: max(left, 0)].rpartition(' ')[0]} …".strip())
            break
        found.append(paragraph)
        left -= len(paragraph) + 60
    return found
