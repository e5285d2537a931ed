"""What the staff's room calls things: words of the community's, and none of the code's."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.urls import reverse

from tests.factories import MemberFactory, NoticeFactory, SubscriptionFactory, TopicFactory

pytestmark = pytest.mark.django_db

OF_THE_CODE = re.compile(r"\b(rfp|sequence|slug|delivery|deliveries|suppression|fk|pk|uuid|json)\b", re.IGNORECASE)


@pytest.fixture
def boss(sign_in):
    return sign_in(MemberFactory(is_staff=True, is_superuser=True))


def test_no_list_form_or_title_has_a_word_of_the_code(boss, rf):
    request = rf.get("/")
    request.user = MemberFactory(is_staff=True, is_superuser=True)
    wrong = []
    for model, page in admin.site._registry.items():
        words = [model._meta.verbose_name, model._meta.verbose_name_plural]
        words += [label_for_field(name, model, page) for name in page.get_list_display(request)]
        words += [label_for_field(name, model, page) for name in page.get_readonly_fields(request)]
        if page.has_add_permission(request):
            words += [field.label for field in page.get_form(request)().fields.values() if field.label]
        wrong += [f"{model.__name__}: {word}" for word in map(str, words) if OF_THE_CODE.search(word)]

    assert wrong == []


def test_a_subscribers_page_says_the_subjects_in_words(boss):
    TopicFactory(key="workgroup-7", label="Workgroup: Rural care")
    subscriber = SubscriptionFactory(subject="workgroup-7").subscriber

    shown = boss.get(reverse("admin:notices_subscriber_change", args=[subscriber.pk])).content.decode()
    assert "Workgroup: Rural care" in shown
    assert "workgroup-7" not in shown


def test_who_wrote_a_notice_is_a_name_and_no_link_that_most_may_not_follow(boss):
    notice = NoticeFactory(drafted_by__name="Aster <b>")

    shown = boss.get(reverse("admin:notices_notice_change", args=[notice.pk])).content.decode()
    assert "Aster &lt;b&gt;" in shown
    assert reverse("admin:members_member_change", args=[notice.drafted_by_id]) not in shown
