"""The request of somebody who is signed in, so that a view's types say so."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from members.models import Member


class MemberRequest(HttpRequest):
    user: Member
    htmx: HtmxDetails
