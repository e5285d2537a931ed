"""Whose word in the room it is, without saying who: the same for one person in one meeting, different in the next."""

from django.utils.crypto import salted_hmac

from members.models import Member


def person_key(meeting_id: int, person: Member | str) -> str:
    """In: a member, or the random text that a guest's device keeps in its session. Out: 64 hexadecimal digits.

    It rests on the portal's own key alone: whoever has that and the database could work out whose a member's is. So it
    is a name tag, not a secret ballot, and the page of the room says no more than that.
    """
    name = f"member:{person.pk}" if isinstance(person, Member) else f"device:{person}"
    return salted_hmac("polls.room", f"{meeting_id}:{name}", algorithm="sha256").hexdigest()
