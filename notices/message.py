"""One owed row as the message that goes over the wire: parts, headers, and the person's own words filled in."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, engines
from django.template.loader import render_to_string
from django.utils.html import escape

from notices.enums import REFERRAL, NoticeState, list_name
from notices.kinds import words_of
from notices.markup import NAME, fill, to_html, to_text, unlinked
from notices.models import Delivery, Notice, Subscriber
from notices.provider import marks
from notices.tokens import never_url, preferences_url, unsubscribe_url

READER = "reader"  # whom we greet where we know no name
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_METHOD = re.compile(r"^METHOD:([A-Z]+)\s*$", re.MULTILINE)


def render_mail(template: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Subject line, text and HTML of a mail template.

    Only the HTML is escaped; a subject line stays one line whatever a name in it holds.
    """
    context = {**context, "community": settings.COMMUNITY, "public_url": settings.PUBLIC_URL}
    subject = _plain(f"mail/{template}.subject", context)
    text = _plain(f"mail/{template}.txt", context)
    text = _BLANK_LINES.sub("\n\n", text.strip()) + "\n"
    return " ".join(subject.split())[:200], text, render_to_string(f"mail/{template}.html", context)


def _plain(name: str, context: dict[str, Any]) -> str:
    template: Any = engines["django"].get_template(name)
    rendered: str = template.template.render(Context(context, autoescape=False))
    return rendered


@dataclass(frozen=True)
class Shared:
    """A mail rendered once for many people, in pieces: every second one is the name of what each person has of their own.

    Templates and Markdown are the cost of a mail: they run once, and each person costs putting the pieces together.
    """

    subject_line: str
    text: tuple[str, ...]
    html: tuple[str, ...]

    def for_person(self, *, name: str, **values: str) -> tuple[str, str]:
        """The text and the HTML for one person; ``values``: what is put in by name, such as a link of theirs."""
        own = {**values, NAME: " ".join(unlinked(name).split())}
        in_html = {key: escape(value) for key, value in own.items()}
        return _joined(self.text, own), _joined(self.html, in_html)


def _joined(pieces: tuple[str, ...], values: Mapping[str, str]) -> str:
    filled = list(pieces)
    filled[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(filled)


def share(
    template: str, context: dict[str, Any], *, own: Iterable[str] = (), words: dict[str, str] | None = None
) -> Shared:
    """Render once for many. ``own``: names of further links that each person has one of, beside the two to leave.

    ``words``: what placeholders in the text mean that are the same for everybody. What is a person's own is marked
    meanwhile; a mark carries a random number, so that no text can forge one.
    """
    mark = f"mark{secrets.token_hex(8)}"
    links = {f"{name}_url": f"{mark}{name};" for name in ("unsubscribe", "preferences", *own)}
    subject_line, text, html = render_mail(template, {**context, **links})
    # In one pass, so that what a word holds is never read as a placeholder; the name is a person's own, and still a mark.
    filled = {**(words or {}), NAME: f"{mark}{NAME};"}
    pieces = re.compile(rf"{mark}(\w+);")
    return Shared(
        subject_line,
        tuple(pieces.split(fill(text, filled, html=False))),
        tuple(pieces.split(fill(html, filled, html=True))),
    )


def share_notice(notice: Notice) -> Shared:
    return share("notices/notice", notice_context(notice), words=words_of(notice))


def notice_context(notice: Notice) -> dict[str, Any]:
    """What the mail of a notice says, and the test of it too."""
    first = notice.corrects
    return {
        "notice": notice,
        "body": to_text(notice.body),
        "body_html": to_html(notice.body),
        "page_url": _page_of(notice),
        "leads_to": settings.PUBLIC_URL + notice.page if notice.page else "",
        "first_url": _page_of(first) if first and first.state != NoticeState.CANCELLED else "",
    }


def _page_of(notice: Notice) -> str:
    return settings.PUBLIC_URL + notice.get_absolute_url()


def links_for(subscriber: Subscriber | None, subject: str) -> dict[str, str]:
    """The two links of a person's own; nothing for somebody who has no subscription to leave."""
    if subscriber is None or not subject:
        return {"unsubscribe": settings.PUBLIC_URL, "preferences": settings.PUBLIC_URL}
    return {
        "unsubscribe": unsubscribe_url(subscriber.pk, subject),
        "preferences": preferences_url(subscriber.token),
    }


def compose(delivery: Delivery, shared: dict[int, Shared]) -> EmailMultiAlternatives:
    """The message of this row. ``shared`` keeps what the rows of one notice have in common, for one batch."""
    text, html, subject_line = delivery.text, delivery.html, delivery.subject_line
    links = links_for(delivery.subscriber, delivery.unsubscribe_from)
    if delivery.notice and not text:
        if delivery.notice.pk not in shared:
            shared[delivery.notice.pk] = share_notice(delivery.notice)
        common = shared[delivery.notice.pk]
        name = delivery.member.name if delivery.member else READER
        text, html = common.for_person(name=name, **links)
        subject_line = common.subject_line
    message = EmailMultiAlternatives(
        subject_line, text, settings.MAIL_FROM, [delivery.address], headers=_headers(delivery, links["unsubscribe"])
    )
    if html:
        message.attach_alternative(html, "text/html")
    if delivery.calendar:
        method = _METHOD.search(delivery.calendar.replace("\r\n", "\n"))
        message.attach_alternative(delivery.calendar, f"text/calendar; method={method[1] if method else 'PUBLISH'}")
    return message


def _headers(delivery: Delivery, unsubscribe: str) -> dict[str, str]:
    headers = {"Message-ID": delivery.message_id, "Auto-Submitted": "auto-generated", **marks(delivery.pk)}
    subject = delivery.unsubscribe_from
    if subject:
        headers["List-ID"] = f"{list_name(subject)} <{subject}.{settings.MAIL_DOMAIN}>"
    leave = ""
    if subject and delivery.subscriber:
        leave = unsubscribe
    elif delivery.key.startswith(REFERRAL):
        leave = never_url(int(delivery.key.removeprefix(REFERRAL)))
    if leave:
        headers["List-Unsubscribe"] = f"<{leave}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    return headers
