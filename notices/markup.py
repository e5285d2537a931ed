"""Markdown that people write, made safe for pages and mails; and the one placeholder it may hold."""

import re
from collections.abc import Mapping

import markdown
import nh3
from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

PLACEHOLDERS = frozenset({"name"})
# A letter first: {2} in a text about mathematics or law is not meant as a placeholder.
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")
_TAGS = {
    "p", "br", "hr", "strong", "em", "a", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "th": {"align"}, "td": {"align"}}


def to_html(source: str) -> SafeString:
    """Safe HTML of a Markdown text; its first heading is an <h2>, for the page has its own <h1>."""
    raw = markdown.markdown(
        source, extensions=["tables", "sane_lists", "toc"], extension_configs={"toc": {"baselevel": 2, "marker": ""}}
    )
    cleaned = nh3.clean(
        raw,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
        attribute_filter=_whole_link,
    )
    return mark_safe(cleaned.strip())  # noqa: S308 - nh3 has just made it so


def _whole_link(_tag: str, attribute: str, value: str) -> str | None:
    """A path of this portal becomes a whole address: a mail has no page to be relative to."""
    if attribute == "href" and value.startswith("/") and not value.startswith(("//", "/\\")):
        return settings.PUBLIC_URL + value
    return value


def unknown_placeholders(source: str) -> list[str]:
    return sorted({name for name in _PLACEHOLDER.findall(source) if name not in PLACEHOLDERS})


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
