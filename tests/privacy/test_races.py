"""Two browsers at once on PostgreSQL: one download waits for a person, however often it is asked for."""

import pytest

from privacy.actions import request_export
from privacy.models import DataExport
from tests.factories import MemberFactory
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_eight_requests_for_a_download_at_once_one_waits_and_none_fails(now):
    member = MemberFactory()

    errors = together([lambda: request_export(member, now=now)] * 8)

    assert (errors, list(DataExport.objects.values_list("member", "state"))) == ([], [(member.pk, "waiting")])
