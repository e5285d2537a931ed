"""The database itself refuses to change a record: asked with plain SQL, past every line of Python."""

import pytest
from django.db import DatabaseError, connection, transaction

from privacy.models import ConsentNotice, SensitiveView
from tests.factories import NOW, MemberFactory

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
    notice = ConsentNotice.objects.create(key="membership", version=9, **parts)
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
