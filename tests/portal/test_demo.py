"""The demo is this community: loaded once, through the portal's own actions, never outside development."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from cop_portal.demo import history
from cop_portal.demo.news import on_weekday
from cop_portal.demo.people import STAFF
from cop_portal.demo.seed import seed
from meetings.models import Meeting
from members.enums import Level
from members.models import Member
from notices.enums import DeliveryState
from notices.models import Delivery, Rfp
from polls.models import Poll
from polls.representation import representation
from stipends.enums import ClaimState
from stipends.models import Claim

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """Loaded once; each test's own transaction lies inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("setup_portal", verbosity=0)
        assert seed(timezone.now()) is True
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded, settings):
    settings.DEBUG = True


def test_demo_refuses_to_load_where_people_work(settings):
    settings.DEBUG = False
    before = Member.objects.count()

    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command("seed_demo")

    assert Member.objects.count() == before


def test_demo_holds_every_state_and_loads_once(demo):
    counted = {model: model.objects.count() for model in (Member, Meeting, Claim, Delivery, Poll, Rfp)}

    assert seed(timezone.now() + timedelta(days=1)) is False
    assert {model: model.objects.count() for model in counted} == counted
    assert set(Claim.objects.values_list("state", flat=True)) == set(ClaimState.values)
    assert len(Member.objects.filter(periods__level__in=Level.values)) >= 60
    assert {staff.email for staff in STAFF} <= set(Member.objects.values_list("email", flat=True))


def test_demo_leaves_no_old_mail_to_send(demo):
    day = timezone.now() - timedelta(days=1)

    assert not Delivery.objects.filter(state=DeliveryState.QUEUED, due_at__lt=day).exists()


def test_demo_shows_the_table_of_2022_as_it_was_published(demo):
    table = representation(Meeting.objects.get(slug=history.SLUG), full=False, threshold=5)

    assert [row.percent for row in table.rows] == list(history.PERCENTAGES)
    assert (table.head.participants, table.submissions) == (27, 32)
    assert "31" in table.remark


def test_sign_in_sheet_names_one_of_each_with_codes_for_staff(demo, capsys):
    call_command("seed_demo", "--show")

    sheet = [line.split() for line in capsys.readouterr().out.splitlines() if "@demo.example" in line]
    codes = {line[0]: len(line) - 2 for line in sheet}
    assert codes["full@demo.example"] == codes["facilitator@demo.example"] == 0
    assert {codes[staff.email] for staff in STAFF} == {2}


@pytest.mark.parametrize(("day", "moved"), [(20, 20), (21, 23), (22, 23), (23, 23)], ids=["Fri", "Sat", "Sun", "Mon"])
def test_dates_of_a_request_for_proposals_are_weekdays(day, moved):
    assert on_weekday(date(2026, 11, day)) == date(2026, 11, moved)
