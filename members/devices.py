"""What a browser says of itself, in words for the person who uses it: “Chrome on an Android phone”."""

import re

# The first that fits: every browser also calls itself by the names of older ones.
BROWSERS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
]
MACHINES = [
    ("an iPhone", r"iPhone|iPod"),
    ("an iPad", r"iPad"),
    ("an Android phone", r"Android.*Mobile"),
    ("an Android tablet", r"Android"),
    ("a Chromebook", r"CrOS"),
    ("a Windows computer", r"Windows"),
    ("a Mac", r"Macintosh|Mac OS X"),
    ("a Linux computer", r"Linux|X11"),
]


def in_words(user_agent: str) -> str:
    """``user_agent``: the header as it came; it can say anything, so nothing of it is repeated."""
    browser = next((name for name, sign in BROWSERS if re.search(sign, user_agent)), "A browser")
    machine = next((name for name, sign in MACHINES if re.search(sign, user_agent)), "")
    return f"{browser} on {machine}" if machine else f"{browser} on a device we do not know"
