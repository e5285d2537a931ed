import ast
from pathlib import Path

import pytest
from django.urls import reverse

import stipends
from stipends.words import NAMES, evidence_in_words
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"facilitator": False, "ran_this_meeting": True}, "is a facilitator: no, ran this meeting: yes"),
        ({"level": "full", "on": "2027-01-20"}, "level: full contributing member, on: 2027-01-20"),
        ({"level": None}, "level: none"),
        ({"attendance": 7, "source": "self"}, "attendance: no. 7, recorded by: checked in"),
        ({"policy": 2, "cap": "75.00", "per": "date"}, "policy: no. 2, at most: $75.00, paid: one per person and date"),
        ({"claims": [4, 9]}, "other claims: no. 4, no. 9"),
        ({"claims": []}, "other claims: none"),
        ({"minutes": 0, "needed": 60}, "minutes there: 0, minutes needed: 60"),
        ({"level": "of_old", "some_thing": 1}, "level: of_old, some thing: 1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_evidence_is_said_in_words(kept, said):
    assert evidence_in_words(kept) == said


def test_everything_kept_has_a_name_in_words(scene):
    claim = scene.paid()
    names = set()
    for event in claim.events.all():
        conditions = event.evidence.get("conditions", {})
        names |= set(event.evidence) - {"conditions"} | set(conditions)
        names |= {name for values in conditions.values() for name in values}

    assert names - set(NAMES) == set()
    source = Path(stipends.__file__).parent / "rules" / "entitlement.py"
    calls = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Dict)]
    kept = {key.value for node in calls for key in node.keys if isinstance(key, ast.Constant)}
    assert {name for name in kept if name.islower()} - set(NAMES) == set()


def test_page_of_a_claim_shows_no_short_names(scene, sign_in):
    claim = scene.claim()
    page = sign_in(StaffFactory(is_superuser=True)).get(reverse("admin:stipends_claim_change", args=[claim.pk]))

    assert "Is a facilitator: no, ran this meeting: no" in page.content.decode()
    assert "ran_this_meeting" not in page.content.decode()
