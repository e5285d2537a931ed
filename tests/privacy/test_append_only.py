"""The database itself refuses to change a record: asked with plain SQL, past every line of Python."""

import pytest
from django.db import DatabaseError, connection, transaction

from privacy.models import Consent, ConsentNotice, SensitiveView
from tests.factories import NOW, ConsentNoticeFactory, MemberFactory

pytestmark = pytest.mark.django_db


def refuses(sql):
    with pytest.raises(DatabaseError, match="record"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_read_of_private_data_cannot_be_rewritten():
    view = SensitiveView.objects.create(viewer=MemberFactory(), what="claims", why="queue", seen_at=NOW)

    refuses("UPDATE privacy_sensitiveview SET why = 'nothing happened'")

    view.refresh_from_db()
    assert view.why == "queue"


def test_draft_of_a_notice_may_change_and_a_published_one_may_not():
    parts = dict.fromkeys(("why", "use", "may_refuse", "if_given", "if_refused", "recipients"), "words")
    notice = ConsentNotice.objects.create(key="membership", version=9, changes="words", **parts)
    notice.why = "better words"
    notice.save()
    ConsentNotice.objects.filter(pk=notice.pk).update(published_at=NOW)

    refuses("UPDATE privacy_consentnotice SET why = 'other words' WHERE version = 9")

    notice.refresh_from_db()
    assert notice.why == "better words"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite a DELETE is how tests empty a table")
def test_read_of_private_data_cannot_be_removed():
    SensitiveView.objects.create(viewer=MemberFactory(), what="claims", why="queue", seen_at=NOW)

    refuses("DELETE FROM privacy_sensitiveview")

    assert SensitiveView.objects.count() == 1


def test_consent_changes_once_when_it_is_withdrawn():
    consent = Consent.objects.create(member=MemberFactory(), notice=ConsentNoticeFactory(), given_at=NOW)
    other = ConsentNoticeFactory()

    refuses(f"UPDATE privacy_consent SET notice_id = {other.pk}")
    refuses("UPDATE privacy_consent SET given_at = '2020-01-01 00:00:00+00:00'")
    refuses(f"UPDATE privacy_consent SET read_by_id = {consent.member_id}, read_in = 'so'")
    Consent.objects.update(withdrawn_at=NOW)
    refuses("UPDATE privacy_consent SET withdrawn_at = NULL")

    consent.refresh_from_db()
    assert (consent.notice_id, consent.given_at, consent.withdrawn_at) == (consent.notice_id, NOW, NOW)
