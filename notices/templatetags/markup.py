"""{{ text|markdown }}: Markdown that people wrote, as safe HTML."""

from django import template
from django.utils.safestring import SafeString

from notices.markup import to_html

register = template.Library()


@register.filter
def markdown(source: str) -> SafeString:
    return to_html(source)
