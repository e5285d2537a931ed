"""What each group of staff may do in Django admin: the one table. `manage.py setup_portal` puts it into the database.

Entries are permission names as Django knows them, ``app.action_model``. A superuser has all of them, and is still
bound by separation of duties, which is a matter of persons and not of rights.
"""

from members.enums import StaffGroup

RIGHTS: dict[str, list[str]] = {
    StaffGroup.MEMBERSHIP: [
        # members
        "members.view_member",
        "members.add_member",
        "members.change_member",
        "members.view_memberevent",
        "members.view_membershipperiod",
        "members.view_participantcategory",
        "members.add_participantcategory",
        "members.change_participantcategory",
        "members.view_interest",
        "members.add_interest",
        "members.change_interest",
        "members.view_referral",
    ],
    StaffGroup.MEETINGS: [
        # meetings
        "meetings.view_meeting",
        "meetings.add_meeting",
        "meetings.change_meeting",
        "meetings.delete_meeting",
        "meetings.view_agendaitem",
        "meetings.add_agendaitem",
        "meetings.change_agendaitem",
        "meetings.delete_agendaitem",
        "meetings.view_material",
        "meetings.add_material",
        "meetings.change_material",
        "meetings.delete_material",
        "meetings.view_meetingwork",
        "meetings.add_meetingwork",
        "meetings.change_meetingwork",
        "meetings.delete_meetingwork",
        "meetings.view_summary",
        "meetings.add_summary",
        "meetings.change_summary",
        "meetings.view_series",
        "meetings.add_series",
        "meetings.change_series",
        "meetings.view_workgroup",
        "meetings.add_workgroup",
        "meetings.change_workgroup",
        "meetings.view_duty",
        "meetings.view_rsvp",
        "meetings.change_rsvp",
        "meetings.view_accommodation",
        "meetings.change_accommodation",
        "meetings.view_attendance",
        "meetings.change_attendance",
        "meetings.view_changelogentry",
        # polls
        "polls.view_poll",
        "polls.add_poll",
        "polls.change_poll",
        "polls.view_full_representation",
    ],
    StaffGroup.NOTICE_AUTHOR: [
        # notices
        "notices.view_notice",
        "notices.add_notice",
        "notices.change_notice",
        "notices.view_rfp",
        "notices.add_rfp",
        "notices.change_rfp",
        "notices.view_rfpupdate",
        "notices.view_outreachpartner",
        "notices.add_outreachpartner",
        "notices.change_outreachpartner",
        "notices.view_relay",
        "notices.add_relay",
    ],
    StaffGroup.NOTICE_SENDER: [
        # notices
        "notices.view_notice",
        "notices.release_notice",
        "notices.view_rfp",
        "notices.view_rfpupdate",
        "notices.view_delivery",
        "notices.decide_delivery",
        "notices.view_subscriber",
        "notices.view_subscription",
        "notices.view_suppression",
        "notices.add_suppression",
        "notices.change_suppression",
        "notices.view_outreachpartner",
        "notices.view_relay",
    ],
    StaffGroup.STIPEND_VERIFIER: [
        # stipends
        "stipends.view_claim",
        "stipends.verify_claim",
        "stipends.enter_claim",
        "stipends.view_enrollment",
    ],
    StaffGroup.STIPEND_APPROVER: [
        # stipends
        "stipends.view_claim",
        "stipends.approve_claim",
    ],
    StaffGroup.PAYMENTS: [
        # stipends
        "stipends.view_claim",
        "stipends.view_paymentbatch",
        "stipends.manage_batches",
        "stipends.view_stipendpolicy",
        "stipends.add_stipendpolicy",
        "stipends.change_stipendpolicy",
        "stipends.view_taxthreshold",
        "stipends.view_budget",
        "stipends.add_budget",
        "stipends.add_taxthreshold",
        "stipends.change_taxthreshold",
    ],
    StaffGroup.DATA_PRACTICES: [
        # privacy
        "privacy.view_consentnotice",
        "privacy.add_consentnotice",
        "privacy.change_consentnotice",
        "privacy.publish_consentnotice",
        "privacy.view_consent",
        "privacy.view_datarequest",
        "privacy.change_datarequest",
        "privacy.view_sensitiveview",
        # members: a request is about somebody
        "members.view_member",
        "members.view_memberevent",
    ],
    StaffGroup.AUDITOR: [
        # privacy
        "privacy.view_consentnotice",
        "privacy.view_consent",
        "privacy.view_datarequest",
        "privacy.view_sensitiveview",
        # members
        "members.view_member",
        "members.view_memberevent",
        "members.view_membershipperiod",
        "members.view_participantcategory",
        # notices
        "notices.view_notice",
        "notices.view_rfp",
        "notices.view_rfpupdate",
        "notices.view_delivery",
        "notices.view_subscriber",
        "notices.view_subscription",
        "notices.view_suppression",
        "notices.view_outreachpartner",
        "notices.view_relay",
        # meetings: accommodation needs are for those who arrange them
        "meetings.view_meeting",
        "meetings.view_agendaitem",
        "meetings.view_material",
        "meetings.view_summary",
        "meetings.view_series",
        "meetings.view_rsvp",
        "meetings.view_attendance",
        "meetings.view_changelogentry",
        # polls
        "polls.view_poll",
        "polls.view_full_representation",
        # stipends
        "stipends.view_claim",
        "stipends.view_enrollment",
        "stipends.view_paymentbatch",
        "stipends.view_stipendpolicy",
        "stipends.view_taxthreshold",
        "stipends.view_budget",
    ],
}
