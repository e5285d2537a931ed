"""One thing has one name on every page, also on the pages of the parts that the portal is built with."""

import gettext
import re

import pytest
from django.conf import settings

from tests.factories import MemberFactory

CATALOGUE = settings.BASE_DIR / "cop_portal" / "locale" / "en" / "LC_MESSAGES"


def test_words_were_compiled_after_the_last_change():
    source = (CATALOGUE / "django.po").read_text(encoding="utf-8")
    written = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE))
    with (CATALOGUE / "django.mo").open("rb") as compiled:
        spoken = gettext.GNUTranslations(compiled)

    assert len(written) > 30
    assert {phrase: spoken.gettext(phrase) for phrase in written} == written


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "word", "other"),
    [
        ("/accounts/2fa/", "Passkeys and second step", "Two-Factor"),
        ("/accounts/email/", "E-mail address", "Email"),
        ("/accounts/sessions/", "Where I am signed in", "Started At"),
    ],
)
def test_borrowed_pages_speak_as_the_others_do(sign_in, path, word, other):
    page = sign_in(MemberFactory()).get(path, follow=True).content.decode()

    assert word in page
    assert other not in page
