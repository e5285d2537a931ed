import pytest
from django.db import IntegrityError, transaction

from notices import actions
from notices.enums import NOTICE_NEXT, TAKEN_SLUGS, NoticeState
from notices.models import Notice
from tests.factories import MemberFactory, NoticeFactory, ReleasedNoticeFactory

pytestmark = pytest.mark.django_db

WORDS = {"title": "A summary is  out", "body": "Read it.", "subject": "meetings", "page": "/meetings/"}


def test_another_part_of_the_portal_drafts_what_somebody_else_releases(now):
    author = MemberFactory()
    drafts = [actions.draft_notice(**WORDS, by=author, meeting=7, audience={"workgroup": ["2"]}) for _ in range(2)]

    assert [draft.slug for draft in drafts] == ["a-summary-is-out", "a-summary-is-out-2"]
    draft = drafts[0]
    assert (draft.title, draft.state, draft.drafted_by) == ("A summary is out", NoticeState.DRAFT, author)
    assert (draft.meeting, draft.audience, draft.levels) == (7, {"workgroup": ["2"]}, ["full", "specialty", "public"])
    assert not draft.deliveries.exists()


@pytest.mark.parametrize("title", sorted(TAKEN_SLUGS))
def test_no_draft_takes_the_address_of_another_page(title):
    assert actions.draft_notice(**{**WORDS, "title": title}, by=MemberFactory()).slug == f"{title}-2"


@pytest.mark.parametrize(
    "change",
    [
        {"audience": {"workgroup": ["1"]}},
        {"levels": []},
        {"to_subscribers": False},
        {"meeting": 4},
        {"body": "Other"},
        {"what_changed": "It"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_database_keeps_what_was_released_and_for_whom(change):
    notice = ReleasedNoticeFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(**change)


@pytest.mark.parametrize("second", [{"corrects": None}, {"version": 1}], ids=["names-none", "same-version"])
def test_a_correction_says_which_notice_it_corrects(second):
    fields = {"corrects": ReleasedNoticeFactory(), "version": 2} | second
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeFactory(**fields)


def test_a_notice_has_one_correction_that_stands():
    first = ReleasedNoticeFactory()
    NoticeFactory(corrects=first, version=2, state=NoticeState.CANCELLED)
    NoticeFactory(corrects=first, version=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeFactory(corrects=first, version=2)


def test_every_state_of_a_notice_says_what_may_follow():
    assert set(NOTICE_NEXT) == set(NoticeState)
