"""Subjects beyond the fixed ones: rows, because staff add a workgroup and nobody writes code for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from notices.enums import Subject
from notices.querysets import TopicQuerySet


class Topic(models.Model):
    """A subject that another app keeps, such as one workgroup. Its key never changes; what it is called may."""

    key = models.CharField(max_length=24, unique=True, help_text="Such as “workgroup-3”.")
    label = models.CharField(max_length=120)
    about = models.CharField(max_length=200, blank=True, help_text="What one hears, in a sentence.")

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["label"]
        constraints = [
            models.CheckConstraint(condition=~Q(key__in=Subject.values), name="topic_is_no_fixed_subject"),
            models.CheckConstraint(condition=Q(key__startswith="workgroup-"), name="topic_is_a_workgroup"),
        ]

    def __str__(self) -> str:
        return self.label


def label_of(row: models.Model) -> str:
    """What the subject of a notice or a subscription is called. A list asks once for all (``with_topic_label``)."""
    subject: str = row.subject  # type: ignore[attr-defined]
    if subject in Subject.values:
        return Subject(subject).label
    label = getattr(row, "topic_label", None)
    return str(label or Topic.objects.labels().get(subject, "A workgroup"))
