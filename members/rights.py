"""What each group of staff may do in Django admin: the one table. `manage.py setup_portal` puts it into the database.

Entries are permission names as Django knows them, ``app.action_model``. A superuser has all of them, and is still
bound by separation of duties, which is a matter of persons and not of rights.
"""

from members.enums import StaffGroup

RIGHTS: dict[str, list[str]] = {
    StaffGroup.MEMBERSHIP: [
        # members
    ],
    StaffGroup.MEETINGS: [
        # meetings
        # polls
    ],
    StaffGroup.NOTICE_AUTHOR: [
        # notices
    ],
    StaffGroup.NOTICE_SENDER: [
        # notices
    ],
    StaffGroup.STIPEND_VERIFIER: [
        # stipends
    ],
    StaffGroup.STIPEND_APPROVER: [
        # stipends
    ],
    StaffGroup.PAYMENTS: [
        # stipends
    ],
    StaffGroup.DATA_PRACTICES: [
        # privacy
    ],
    StaffGroup.AUDITOR: [
        # privacy
        # members
        # notices
        # meetings
        # polls
        # stipends
    ],
}
