"""Markdown that people write, made safe for pages and mails; and the placeholders it may hold."""

import re
from collections.abc import Mapping

import markdown
import nh3
from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# The reader's name; and of the meeting that a notice is about, title, date and time (settings.NOTICE_MEETINGS).
NAME = "name"
OF_MEETING = ("meeting", "date", "time")
PLACEHOLDERS = frozenset({NAME, *OF_MEETING})
# A letter first: {2} in a text about mathematics or law is not meant as a placeholder.
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")
# What mail programs make links of by themselves, and where to break it: “https://evil.example” -> “https evil example”.
_LINKISH = re.compile(r"://|www\.|@|\w\.\w{2,}", re.IGNORECASE)
_LINKED = re.compile(r"[:/@]+|(?<=\w)\.(?=\w)")
_HEADING = re.compile(r"<h([1-6])>")
_HEADING_TAG = re.compile(r"<(/?)h([1-6])>")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_STRONG = re.compile(r"(\*\*|__)(\S(?:.*?\S)?)\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(\S(?:[^*]*\S)?)\*(?![\w*])")
# An address that somebody pasted: not one that Markdown or HTML makes a link of already.
_PASTED = re.compile(r"""(?<![\w<"'\[=`/])(?<!\]\()https?://[^\s<>()\[\]"'`|]*[\w/#=&%~-]""")
_TABLE_RULE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{3,}:?[ \t]*\|)+(?:[ \t]*:?-{3,}:?[ \t]*)?\n?", re.MULTILINE)
_TABLE_ROW = re.compile(r"^[ \t]*\|[ \t]*(.*?)[ \t]*\|[ \t]*$", re.MULTILINE)
_HEADING_MARK = re.compile(r"^#{1,6}[ \t]+", re.MULTILINE)
_TAGS = {
    "p", "br", "hr", "strong", "em", "a", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "th": {"align"}, "td": {"align"}}


def to_html(source: str) -> SafeString:
    """Safe HTML of a Markdown text. Its highest heading is an <h2>, for the page has its own <h1>."""
    linked = _PASTED.sub(r"<\g<0>>", source)
    raw = _from_second_level(markdown.markdown(linked, extensions=["tables", "sane_lists"]))
    cleaned = nh3.clean(
        raw,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
        attribute_filter=_whole_link,
    )
    return mark_safe(cleaned.strip())  # noqa: S308 - nh3 has just made it so


def _from_second_level(html: str) -> str:
    """Move the headings so that the highest is an <h2>, whether the author began with # or with ##."""
    levels = [int(level) for level in _HEADING.findall(html)]
    shift = 2 - min(levels, default=2)
    return _HEADING_TAG.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + shift, 6)}>", html)


def to_text(source: str) -> str:
    """A Markdown text as people read it in a plain mail: marks taken away, each link with its whole address."""
    # In angle brackets the address may stand within a sentence, and a full stop after it does not become part of it.
    text = _TABLE_ROW.sub(r"\1", _TABLE_RULE.sub("", source))
    text = _LINK.sub(lambda link: f"{link[1]} <{_absolute(link[2])}>", text)
    text = _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", text))
    return _HEADING_MARK.sub("", text)


def _absolute(address: str) -> str:
    return settings.PUBLIC_URL + address if address.startswith("/") and not address.startswith("//") else address


def _whole_link(_tag: str, attribute: str, value: str) -> str | None:
    """A path of this portal becomes a whole address: a mail has no page to be relative to."""
    return _absolute(value) if attribute == "href" else value


def placeholders(source: str) -> set[str]:
    """Every name in braces, known or not."""
    return set(_PLACEHOLDER.findall(source))


def unlinked(name: str) -> str:
    """A name that somebody gave themselves, so that no mail program makes a link of it."""
    return _LINKED.sub(" ", name) if _LINKISH.search(name) else name


def fill(text: str, values: Mapping[str, str], *, html: bool) -> str:
    """Put values in the place of {name}, in one pass: what a value holds is never read as a placeholder again.

    With ``html`` the text is safe HTML, and so is what comes out.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in PLACEHOLDERS or name not in values:
            return match.group(0)
        value = " ".join(values[name].split())
        return escape(value) if html else value

    filled = _PLACEHOLDER.sub(value_of, text)
    return mark_safe(filled) if html else filled  # noqa: S308 - each value was escaped
