"""The conversation by which a message is handed over, held against a server that says what each test wants said."""

import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from notices.smtp import Handing, HandingSSL

RAW = b"Subject: Hi\r\n\r\n.Hello\r\n"
TOGETHER = "250-server\r\n250 PIPELINING"
GOOD = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "RSET": "250 ok", "QUIT": "221 bye", ".": "250 taken"}


class Server(threading.Thread):
    """Answers each command by its first word, or hangs up where there is no answer.

    Keeps what was said, and the messages that were ended as they should.
    """

    def __init__(self, ehlo, replies, *, tls=None):
        super().__init__(daemon=True)
        self.replies, self.together = {**GOOD, "EHLO": ehlo, **replies}, "PIPELINING" in ehlo
        self.tls = tls
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.said, self.taken = [], []

    def run(self):
        with self.listening, self._accept() as line, line.makefile("rwb") as stream, suppress(OSError):
            self._say(stream, "220 server")
            waiting = []
            for command in stream:
                verb = command.split()[0].decode().upper()
                self.said.append(verb)
                waiting.append(self.replies[verb])
                if self.together and verb in ("MAIL", "RCPT"):
                    continue  # a client that waits for each reply would wait for ever
                for reply in waiting:
                    if reply is None:
                        return
                    self._say(stream, reply)
                waiting.clear()
                if self.replies[verb].startswith("421"):
                    return
                if self.replies[verb].startswith("354") and not self._take(stream):
                    return

    def _accept(self):
        line = self.listening.accept()[0]
        return self.tls.wrap_socket(line, server_side=True) if self.tls else line

    def _take(self, stream):
        got = []
        if self.replies["."] is None:
            return False
        for line in stream:
            if line == b".\r\n":
                self.taken.append(b"".join(got))
                self._say(stream, self.replies["."])
                return True
            got.append(line)
        self.said.append(f"unfinished: {b''.join(got)!r}")
        return False

    def _say(self, stream, reply):
        stream.write(f"{reply}\r\n".encode())
        stream.flush()


def trusting():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """What a server with a certificate of its own making needs."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1)).sign(key, SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def hand_over():
    """Hand a message to a server that answers so. Out: the server once it is done, the line, and what was raised."""

    def run(ehlo=TOGETHER, *, before_data=lambda: None, raw=RAW, tls=None, **replies):
        server = Server(ehlo, replies, tls=tls)
        server.start()
        steps, raised, where = [], None, ("127.0.0.1", server.listening.getsockname()[1])
        line = HandingSSL(*where, timeout=5, context=trusting()) if tls else Handing(*where, timeout=5)
        try:
            line.hand_over(
                "cop@portal.example", "ann@example.org", raw, before_data=before_data,
                if_slow=lambda: steps.append("slow"), meanwhile=lambda: steps.append("meanwhile"),
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            raised = error
        was_open, begun = line.sock is not None, line.begun
        line.close()
        server.join(5)
        assert not server.is_alive()
        return server, steps, raised, was_open, begun

    return run


@pytest.mark.parametrize("ehlo", [TOGETHER, "250 server"], ids=["together", "one by one"])
def test_message_is_handed_over_whole(hand_over, ehlo):
    server, steps, raised, was_open, begun = hand_over(ehlo)

    assert server.taken == [RAW.replace(b".Hello", b"..Hello")]
    assert server.said[:4] == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert (steps, raised, was_open, begun) == (["meanwhile"], None, True, True)


@pytest.mark.parametrize("ehlo", [TOGETHER, "250 server"], ids=["together", "one by one"])
def test_message_is_handed_over_whole_in_secret(hand_over, tls, ehlo):
    server, steps, raised, was_open, begun = hand_over(ehlo, tls=tls)

    assert server.taken == [RAW.replace(b".Hello", b"..Hello")]
    assert (steps, raised, was_open, begun) == (["meanwhile"], None, True, True)


@pytest.mark.parametrize("ehlo", [TOGETHER, "250 server"], ids=["together", "one by one"])
@pytest.mark.parametrize(
    ("replies", "code"),
    [
        ({"MAIL": "452 4.3.1 full", "RCPT": "503 no sender", "DATA": "503 no sender"}, 452),
        ({"RCPT": "550 5.1.1 nobody", "DATA": "554 nobody"}, 550),
        ({"DATA": "451 4.3.0 later"}, 451),
    ],
)
def test_envelope_that_is_refused_leaves_the_message_ours_and_the_line_ready(hand_over, ehlo, replies, code):
    server, steps, raised, was_open, begun = hand_over(ehlo, **replies)

    assert isinstance(raised, smtplib.SMTPResponseException)
    assert (raised.smtp_code, was_open, begun, steps) == (code, True, False, [])
    assert server.said[-1] == "RSET"
    assert server.taken == []


def test_server_that_asks_for_a_message_to_nobody_is_left(hand_over):
    server, _, raised, was_open, begun = hand_over(RCPT="550 5.1.1 nobody")

    assert (raised.smtp_code, was_open, begun) == (550, False, False)
    assert server.said[-1] == "unfinished: b''"
    assert server.taken == []


@pytest.mark.parametrize("ehlo", [TOGETHER, "250 server"], ids=["together", "one by one"])
def test_server_that_goes_away_says_why(hand_over, ehlo):
    _, _, raised, was_open, begun = hand_over(ehlo, DATA="421 4.7.0 too much")

    assert (raised.smtp_code, raised.smtp_error, was_open, begun) == (421, b"4.7.0 too much", False, False)


def test_message_that_is_refused_leaves_the_line_ready(hand_over):
    server, steps, raised, was_open, begun = hand_over(**{".": "554 5.6.0 not like this"})

    assert (raised.smtp_code, was_open, begun, steps) == (554, True, True, ["meanwhile"])
    assert server.said[-1] == "RSET"


def test_what_is_taken_back_at_the_last_moment_is_never_said(hand_over):
    """Not even a QUIT: the server would take it for the message."""

    def taken_back():
        raise RuntimeError("withdrawn")

    server, steps, raised, was_open, begun = hand_over(before_data=taken_back)

    assert (str(raised), was_open, begun, steps) == ("withdrawn", False, False, [])
    assert server.said[-1] == "unfinished: b''"
    assert server.taken == []


def test_server_that_says_no_and_hangs_up_has_said_no(hand_over):
    _, _, raised, was_open, begun = hand_over(RCPT="554 5.7.1 blocked", DATA=None)

    assert (raised.smtp_code, was_open, begun) == (554, False, False)


def test_server_that_hangs_up_without_a_no_has_said_nothing(hand_over):
    _, _, raised, was_open, begun = hand_over(DATA=None)

    assert isinstance(raised, smtplib.SMTPServerDisconnected)
    assert (was_open, begun) == (False, False)


@pytest.mark.parametrize("code", [421, 451])
def test_server_that_goes_away_after_it_asked_for_the_message_did_not_get_it(hand_over, code):
    server, steps, raised, was_open, begun = hand_over(DATA=f"354 go on\r\n{code} 4.3.2 shutting down")

    assert (raised.smtp_code, was_open, begun, steps) == (code, False, False, [])
    assert server.taken == []
    assert server.said[-1] in ("DATA", "unfinished: b''")


def test_line_that_breaks_in_mid_message_leaves_it_ours(hand_over):
    _, steps, raised, was_open, begun = hand_over(raw=RAW * 400_000, **{".": None})

    assert isinstance(raised, smtplib.SMTPServerDisconnected)
    assert (was_open, begun, steps) == (False, False, [])


def test_server_that_answers_what_nobody_asked_is_left(hand_over):
    """Its replies are one late from then on: a no could be read as a yes."""
    server, _, raised, was_open, begun = hand_over(MAIL="250 ok\r\n250 again")

    assert (raised.smtp_code, was_open, begun) == (250, False, False)
    assert server.taken == []
    assert server.said[-1] == "unfinished: b''"


def test_answer_without_end_is_no_answer(hand_over):
    server, _, raised, was_open, begun = hand_over(**{".": "250 " + "x" * 9000})

    assert isinstance(raised, smtplib.SMTPServerDisconnected)
    assert (was_open, begun, len(server.taken)) == (False, True, 1)
