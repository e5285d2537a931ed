"""What can happen with meetings: the front door for other apps."""

from meetings.actions.accommodations import answer_accommodation, hand_over_accommodation, set_accommodation
from meetings.actions.agendas import agenda_words, carry, next_meeting, remind_missing_agendas
from meetings.actions.attendance import (
    Saved,
    Tick,
    check_in,
    check_in_guest,
    record_attendance,
    seen_of,
)
from meetings.actions.changes import tell_changes
from meetings.actions.digests import meeting_digests, owe_digests
from meetings.actions.feeds import replace_feed, revoke_feed
from meetings.actions.guest_joins import join_guest_answers
from meetings.actions.guests import ask_as_guest, confirm_guest, forget_unconfirmed
from meetings.actions.invitations import check_invitable, draft_invitation, invitations_to, tells_of
from meetings.actions.join_links import owe_join_links
from meetings.actions.leaving import give_back_places
from meetings.actions.on_behalf import answer_for_guest, answer_for_member, told_by_phone
from meetings.actions.papers import mark_work, publish_summary
from meetings.actions.planning import cancel, change, create, log_agenda_change, publish
from meetings.actions.reminders import remind_missing_summaries
from meetings.actions.report_imports import forget_old_reports, import_step
from meetings.actions.reports import (
    Said,
    confirm_report,
    discard_report,
    finish,
    first_guess,
    hold_report,
    keep_report,
    read_files,
    read_people,
    say_of_all_others,
    say_who,
    split_person,
    tables_of,
)
from meetings.actions.rsvps import Details, Guest, rsvp
from meetings.actions.seats import database_time, lock_meeting, pass_on_offers, waiting_position
from meetings.actions.series import cancel_meetings, move_meetings, plan_series, to_plan
from meetings.actions.workgroup_leads import set_leads, show_name
from meetings.actions.workgroups import join_workgroup, leave_workgroup, save_workgroup

__all__ = [
    "Details",
    "Guest",
    "Said",
    "Saved",
    "Tick",
    "agenda_words",
    "answer_accommodation",
    "answer_for_guest",
    "answer_for_member",
    "ask_as_guest",
    "cancel",
    "cancel_meetings",
    "carry",
    "change",
    "check_in",
    "check_in_guest",
    "check_invitable",
    "confirm_guest",
    "confirm_report",
    "create",
    "database_time",
    "discard_report",
    "draft_invitation",
    "finish",
    "first_guess",
    "forget_old_reports",
    "forget_unconfirmed",
    "give_back_places",
    "hand_over_accommodation",
    "hold_report",
    "import_step",
    "invitations_to",
    "join_guest_answers",
    "join_workgroup",
    "keep_report",
    "leave_workgroup",
    "lock_meeting",
    "log_agenda_change",
    "mark_work",
    "meeting_digests",
    "move_meetings",
    "next_meeting",
    "owe_digests",
    "owe_join_links",
    "pass_on_offers",
    "plan_series",
    "publish",
    "publish_summary",
    "read_files",
    "read_people",
    "record_attendance",
    "remind_missing_agendas",
    "remind_missing_summaries",
    "replace_feed",
    "revoke_feed",
    "rsvp",
    "save_workgroup",
    "say_of_all_others",
    "say_who",
    "seen_of",
    "set_accommodation",
    "set_leads",
    "show_name",
    "split_person",
    "tables_of",
    "tell_changes",
    "tells_of",
    "to_plan",
    "told_by_phone",
    "waiting_position",
]
