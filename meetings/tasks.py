"""The clock's work with meetings. Each may run twice and may miss a night."""

from celery import shared_task
from django.utils import timezone

from meetings import actions


@shared_task(name="meetings.owe_digests")
def owe_digests() -> None:
    """Digests a week and a day before each meeting."""
    actions.owe_digests(now=timezone.now())


@shared_task(name="meetings.pass_on_offers")
def pass_on_offers() -> None:
    """Seats that were offered and not answered for in time go to the next in line. By the database's clock."""
    actions.pass_on_offers(now=actions.database_time())


@shared_task(name="meetings.tell_changes")
def tell_changes() -> None:
    """Word of changes of meetings, once their editing has come to rest."""
    actions.tell_changes(now=timezone.now())


@shared_task(name="meetings.owe_join_links")
def owe_join_links() -> None:
    """The way to join, to those who are going online, shortly before the start."""
    actions.owe_join_links(now=timezone.now())


@shared_task(name="meetings.join_guest_answers")
def join_guest_answers() -> None:
    """What somebody answered as a guest becomes theirs once they are a member with that address."""
    actions.join_guest_answers(now=timezone.now())


@shared_task(name="meetings.import_reports")
def import_reports() -> None:
    """Meeting tools' reports that staff have reviewed; those that nobody imported are thrown away in time."""
    while actions.import_step(now=timezone.now()):
        pass
    actions.forget_old_reports(now=timezone.now())


@shared_task(name="meetings.remind_missing_summaries")
def remind_missing_summaries() -> None:
    """A word to meeting staff 3 and 7 days after a meeting without a summary; unconfirmed guests are forgotten."""
    now = timezone.now()
    actions.remind_missing_summaries(now=now)
    actions.forget_unconfirmed(now=now)


@shared_task(name="meetings.remind_missing_agendas")
def remind_missing_agendas() -> None:
    """A word to facilitators and meeting staff about an agenda that is not written a week ahead."""
    actions.remind_missing_agendas(now=timezone.now())
