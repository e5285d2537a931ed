"""Every pair of colours that the sheets put on one another, computed as WCAG 2.2 does."""

import re

import pytest
from django.conf import settings

TEXT, GRAPHIC = 4.5, 3.0
PAIRS = [
    ("ink", "paper", TEXT),
    ("ink", "surface", TEXT),
    ("ink", "sunken", TEXT),
    ("ink", "accent-soft", TEXT),
    ("ink", "ok-soft", TEXT),
    ("ink", "warn-soft", TEXT),
    ("ink", "stop-soft", TEXT),
    ("muted", "paper", TEXT),
    ("muted", "surface", TEXT),
    ("muted", "sunken", TEXT),
    ("accent", "paper", TEXT),
    ("accent", "surface", TEXT),
    ("accent", "sunken", TEXT),
    ("accent", "accent-soft", TEXT),
    ("accent", "ok-soft", TEXT),
    ("accent", "warn-soft", TEXT),
    ("accent", "stop-soft", TEXT),
    ("accent-strong", "paper", TEXT),
    ("accent-strong", "surface", TEXT),
    ("accent-strong", "sunken", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("on-deep", "deep", TEXT),
    ("ok", "ok-soft", TEXT),
    ("warn", "warn-soft", TEXT),
    ("stop", "stop-soft", TEXT),
    ("stop", "paper", TEXT),
    ("stop", "surface", TEXT),
    ("surface", "stop", TEXT),
    ("edge", "paper", GRAPHIC),
    ("edge", "surface", GRAPHIC),
    ("edge", "sunken", GRAPHIC),
]


def colours(sheet, scheme):
    """The custom properties of a sheet, those of the dark scheme laid over those of the light one."""
    text = (settings.BASE_DIR / "static/css" / sheet).read_text()
    light = re.search(r"^:root \{(.*?)^\}", text, re.DOTALL | re.MULTILINE)[1]
    dark = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", text, re.DOTALL)[1]
    blocks = [light] if scheme == "light" else [light, dark]
    return {name: value for block in blocks for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)}


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_says():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS, ids=[f"{a} on {b}" for a, b, _ in PAIRS])
def test_pair_is_readable(front, back, least, scheme):
    sheet = colours("portal.css", scheme)

    assert contrast(sheet[front], sheet[back]) >= least


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_staffs_room_wears_the_same_colours(scheme):
    portal, staff = colours("portal.css", scheme), colours("admin.css", scheme)

    shared = portal.keys() & staff.keys()

    assert len(shared) == 16
    assert {name: staff[name] for name in shared} == {name: portal[name] for name in shared}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back"),
    [
        ("ink", "darkened-bg"),
        ("muted", "darkened-bg"),
        ("accent", "darkened-bg"),
        ("ink", "selected-bg"),
        ("accent", "selected-bg"),
        ("ink", "selected-row"),
        ("accent", "selected-row"),
        ("delete-fg", "delete-button-bg"),
        ("delete-fg", "delete-button-hover-bg"),
    ],
)
def test_pair_is_readable_in_the_staffs_room(front, back, scheme):
    sheet = colours("admin.css", scheme)

    assert contrast(sheet[front], sheet[back]) >= TEXT
