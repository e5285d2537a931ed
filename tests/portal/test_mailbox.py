import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from cop_portal import mailbox
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(settings, tmp_path):
    settings.MAILBOX_DIR, settings.DEBUG = tmp_path / "mailbox", True
    settings.EMAIL_BACKEND = "cop_portal.mailbox.MailboxBackend"
    message = EmailMultiAlternatives("Your code: é", "Text <b>", "a@example.org", ["b@example.org"])
    message.attach_alternative("<p>Hi</p><script>alert(1)</script>", "text/html")
    message.send()
    [name] = mailbox.names()
    return name


def test_a_message_is_kept_and_read_by_staff(kept, sign_in):
    staff = sign_in(MemberFactory(is_staff=True))

    assert "Your code: é" in staff.get(reverse("mailbox")).content.decode()
    html = staff.get(reverse("mailbox_detail", args=[kept])).content.decode()
    assert "Text &lt;b&gt;" in html
    assert "alert(1)" not in html
    inert = staff.get(reverse("mailbox_html", args=[kept]))
    assert inert["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_nobody_else_reads_it(kept, client, sign_in):
    for reader in (client, sign_in(MemberFactory())):
        assert reader.get(reverse("mailbox")).status_code == 302
        assert reader.get(reverse("mailbox_html", args=[kept])).status_code == 302


def test_there_is_no_mailbox_outside_development(kept, settings, sign_in):
    settings.DEBUG = False
    staff = sign_in(MemberFactory(is_staff=True))

    assert staff.get(reverse("mailbox")).status_code == 404
    assert staff.get(reverse("mailbox_html", args=[kept])).status_code == 404


def test_a_name_never_leads_out_of_the_folder(kept, settings):
    (settings.MAILBOX_DIR.parent / "secret.eml").write_text("Subject: x")

    assert mailbox.read("../secret") is None
