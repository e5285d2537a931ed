"""Enter the demo's people: staff with a second factor, facilitators, members at their levels."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from cop_portal.demo.history import CATEGORY_LABELS
from cop_portal.demo.people import FACILITATORS, MEMBERS, STAFF, Person, Staff
from members.actions import join
from members.enums import CONTRIBUTING
from members.models import Interest, Member, ParticipantCategory
from notices.actions import subscriber_for

PASSWORD = "lakes-and-loons"  # noqa: S105 -- printed on the sign-in sheet; demo data never load outside development


def enter_everybody(now: datetime) -> None:
    """Staff, facilitators and members, each able to sign in with the one demo password."""
    # Hashed once: the same slow hash seventy times would take half a minute.
    password = make_password(PASSWORD)
    for staff in STAFF:
        _enter_staff(staff, password, now)
    for person in FACILITATORS:
        _enter_facilitator(person, password, now)
    categories = {category.label: category for category in ParticipantCategory.objects.all()}
    interests = list(Interest.objects.all())
    for number, person in enumerate(MEMBERS):
        member = _enter_member(person, password, now - timedelta(days=400 - 5 * number))
        member.categories.set([categories[CATEGORY_LABELS[position - 1]] for position in person.categories])
        if interests:
            member.interests.set([interests[number % len(interests)]])


def _enter_staff(staff: Staff, password: str, now: datetime) -> None:
    member = Member.objects.create(
        name=staff.name,
        email=staff.email,
        password=password,
        is_staff=True,
        is_superuser=staff.is_superuser,
        joined_at=now - timedelta(days=500),
    )
    member.groups.set(Group.objects.filter(name__in=staff.groups))
    _confirm_address(member)
    TOTP.activate(member, generate_totp_secret())
    RecoveryCodes.activate(member)


def _enter_facilitator(person: Person, password: str, now: datetime) -> None:
    member = Member.objects.create(
        name=person.name,
        email=person.email,
        password=password,
        organization=person.organization,
        is_facilitator=True,
        joined_at=now - timedelta(days=450),
    )
    _confirm_address(member)


def _enter_member(person: Person, password: str, joined_at: datetime) -> Member:
    member = Member(
        name=person.name,
        email=person.email,
        password=password,
        organization=person.organization,
        language=person.language,
    )
    join(member, level=person.level, agreed=person.level in CONTRIBUTING, now=joined_at)
    _confirm_address(member)
    subscriber_for(member, joined_at)
    return member


def _confirm_address(member: Member) -> None:
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)


def unused_recovery_codes(member: Member) -> list[str]:
    """The codes that still let this person in; empty for those without a second factor."""
    kept = Authenticator.objects.filter(user=member, type=Authenticator.Type.RECOVERY_CODES).first()
    return list(RecoveryCodes(kept).get_unused_codes()) if kept else []
