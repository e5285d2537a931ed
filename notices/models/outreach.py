"""Organizations that pass notices on, and the links by which they do."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from notices.enums import MentionKind, PartnerKind
from notices.querysets import RelayQuerySet

JOIN_PAGE = "/accounts/signup/"
own_path = RegexValidator(r"^/(?!/)\S*$", "Enter the path of a page of this portal, such as /meetings/first-meeting/.")


class OutreachPartner(models.Model):
    """An organization that passes notices on to people who get no agency mail."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=PartnerKind)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField("contact e-mail", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Relay(models.Model):
    """The link by which one partner passes on one page: in a mail, on a flyer, at one event.

    It counts visits, never visitors, and how many joined by it, never who: no row of a person names a link.
    """

    partner = models.ForeignKey(OutreachPartner, on_delete=models.PROTECT, related_name="relays")
    label = models.CharField(
        max_length=80,
        blank=True,
        help_text="For your own list: the event, the place or the flyer. Visitors do not see it.",
    )
    code = models.CharField(max_length=12, unique=True, editable=False)
    page = models.CharField(
        max_length=200,
        default=JOIN_PAGE,
        validators=[own_path],
        help_text=f"The page of this portal it leads to: {JOIN_PAGE} to join, or a meeting, or anything else.",
    )
    last_day = models.DateField(
        null=True, blank=True, help_text="After it the link still leads there, and nothing is counted any more."
    )
    visits = models.PositiveIntegerField(default=0, editable=False)
    joined = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RelayQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "page", "label"],
                name="relay_once_per_partner_page_and_label",
                violation_error_message="This partner has this link already. Give the new one a label of its own.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.label or self.page}"


class Mention(models.Model):
    """What appeared elsewhere: an article, a broadcast, a post. Noted by hand; nobody's reading of it is counted."""

    kind = models.CharField(max_length=6, choices=MentionKind, default=MentionKind.PRESS)
    where = models.CharField(max_length=120, help_text="The newspaper, station, site or account.")
    appeared_on = models.DateField("on")
    url = models.URLField("link", blank=True)
    notice = models.ForeignKey(
        "notices.Notice", on_delete=models.PROTECT, null=True, blank=True, related_name="mentions",
        help_text="The notice it was about; empty: the community as such.",
    )  # fmt: skip
    partner = models.ForeignKey(
        OutreachPartner, on_delete=models.PROTECT, null=True, blank=True, related_name="mentions",
        help_text="The partner who brought it, if it was one.",
    )  # fmt: skip
    remark = models.CharField(max_length=200, blank=True)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentions", editable=False
    )
    logged_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = "press or social entry"
        verbose_name_plural = "press and social entries"
        ordering = ["-appeared_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MentionKind.values), name="mention_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.where}, {self.appeared_on:%Y-%m-%d}"
