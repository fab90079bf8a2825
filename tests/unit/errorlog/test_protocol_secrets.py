"""What a client says to a server as its secret is hidden; headlines with the same words stay."""

import base64
import json

import pytest

from errorlog.invocation import Invocation
from errorlog.patterns import REDACTED, patterns
from errorlog.record import build
from errorlog.settings import from_environment

# {} is the secret, a word that looks made or one that might as well stand in a sentence.
SAID = [
    # FTP and POP3
    "USER ann\r\nPASS {}\r\n",
    "USER ann\\r\\nPASS {}\\r\\n",
    "USER ann, PASS {}: 530 Login incorrect",
    "530 Login incorrect after USER ann PASS {}",
    "-ERR [AUTH] invalid login (PASS {})",
    "*cmd* 'PASS {}'",
    "*put* b'PASS {}'",
    "C: PASS {}\nS: -ERR no such mailbox",
    "---> PASS {}",
    ">>> PASS {}",
    "send: 'PASS {}\\r\\n'",
    "AUTHINFO PASS {}",
    "NICK ann\r\nPASS {}",
    # IMAP
    "A1 LOGIN ann {}",
    'a001 LOGIN "ann" "{}"',
    "bad command: b'PGHK1 LOGIN ann \"{}\"'",
    "> b'PGHK1 LOGIN ann {}'",
    "command: LOGIN ann {} => BAD [CLIENTBUG]",
    # Redis
    "HELLO 3 AUTH default {}",
    "Command # 1 (AUTH {}) of pipeline caused error: WRONGPASS invalid username-password pair",
    "Command # 1 (AUTH ann {}) of pipeline caused error: NOPERM",
    "ERR unknown command, with args beginning with: `AUTH` `{}`, ",
    "ERR unknown command `QAUTH`, with args beginning with: `AUTH`, `{}`, ",
    "unknown command 'AUTH', with args beginning with: 'ann' '{}'",
    '1699.1 [0 127.0.0.1:1] "AUTH" "ann" "{}"',
    "redis: sent ['AUTH', 'ann', '{}']",
    "*2\r\n$4\r\nAUTH\r\n$10\r\n{}\r\n",
    "b'*3\\r\\n$4\\r\\nAUTH\\r\\n$3\\r\\nann\\r\\n$10\\r\\n{}\\r\\n' to redis",
    "redis> AUTH {}",
    "ACL SETUSER ann on >{} ~* +@all",
    "ERR Error in ACL SETUSER modifier '>{}': the key is too long",
    "CONFIG SET requirepass {}",
]
MADE, WORD = "Zq9mine" + "77x", "sun" + "shine"
STAYS = [
    "the PASS rate is 97 %",
    "see the USER guide",
    "see the USER guide\nPASS rate",
    "AUTH failed",
    "PASS src/app.test.js",
    "PASS  src/orders/order-12.test.ts",
    "--- PASS: TestOrder2 (0.00s)",
    "PASS\nok  \tshop\t0.3s",
    "3 PASS, 2 FAIL",
    "status: PASS (12 of 12)",
    "step 3 -> PASS (0.3s)",
    "test_a -> PASS in 3 s",
    "'PASS with warnings'",
    "530 tests PASS today",
    "PASS/FAIL criteria: PASS above 90",
    "SKI PASS Z12345 sold",
    "USER PASS HOST are required",
    "USER ann: PASS rate 3",
    "USER ann is not allowed to PASS data",
    "530 Please login with USER and PASS.",
    "-ERR unknown command PASS",
    "+OK send PASS",
    "NOAUTH Authentication required.",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "ERR AUTH <password> called without any password configured for the default user. Are you "
    "sure your configuration is correct?",
    "ERR Client sent AUTH, but no password is set",
    "ERR wrong number of arguments for 'auth' command",
    "ERR unknown command 'FLY', with args beginning with: 'orders' '12'",
    "redis: AUTH failed",
    "AUTH service of redis is down",
    "cannot finish redis AUTH negotiation",
    "redis AUTH token expired",
    "AUTH provider unavailable",
    "AUTH 2FA-required",
    "states: ['AUTH', 'READY']",
    "commands: ['AUTH', 'HELLO', 'QUIT', 'PING']",
    "CONFIG SET maxmemory 100mb failed",
    "ACL SETUSER needs a name",
    "ACL SETUSER ann on ~orders:* +get",
    "SMTP AUTH extension not supported by server.",
    "No suitable authentication method found. AUTH mechanisms: PLAIN LOGIN",
    "250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2",
    "250-AUTH=PLAIN LOGIN\n250 HELP",
    "503 AUTH command used when not advertised",
    "AUTH PLAIN authentication failed: 535",
    "AUTH LOGIN failed for ann",
    "b'[AUTHENTICATIONFAILED] LOGIN failed.'",
    "LOGIN page opened in 3s",
    "A1 LOGIN failed",
    "v2 LOGIN page opened.",
    "command LOGIN illegal in state AUTH, only allowed in states NONAUTH",
    "usage: login <user> <password> [host]",
]


@pytest.mark.parametrize("secret", [MADE, WORD], ids=["made", "word"])
def test_no_secret_that_is_said_is_left(secret) -> None:
    texts = [said.replace("{}", secret) for said in SAID]
    assert [text for text in texts if secret in patterns((), False).text(text)] == []


def test_what_has_the_same_words_stays() -> None:
    assert [text for text in STAYS if patterns((), False).text(text) != text] == []


@pytest.mark.parametrize("said", SAID)
def test_what_is_hidden_once_stays_as_it_is(said) -> None:
    clean = patterns((), False).text(said.replace("{}", MADE))
    assert patterns((), False).text(clean) == clean


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PLAIN = _b64(f"\0ann\0{WORD}")


@pytest.mark.parametrize(
    "said",
    [
        f"AUTH PLAIN {PLAIN}",
        f"send: 'AUTH PLAIN {PLAIN}\\r\\n'",
        f"C: AUTH PLAIN\r\nS: 334\r\nC: {PLAIN}",
        f"a1 AUTHENTICATE PLAIN {PLAIN}",
        f"a1 AUTHENTICATE PLAIN\r\n+ \r\n{PLAIN}",
    ],
)
def test_what_base64_of_a_password_says_is_hidden_wherever_else_it_stands(said) -> None:
    record = build(ValueError(f"{said} and {WORD}"), Invocation({"a": 1}), from_environment())
    kept = json.dumps(record)
    assert PLAIN not in kept
    assert WORD not in kept


@pytest.mark.parametrize(
    "said",
    [
        "AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\nYW5u\r\n334 UGFzc3dvcmQ6\r\n{}\r\n",
        "send: 'AUTH LOGIN YW5u\\r\\n'\nreply: b'334 UGFzc3dvcmQ6\\r\\n'\n"
        "reply: retcode (334); Msg: b'UGFzc3dvcmQ6'\nsend: '{}\\r\\n'\n",
        "AUTH XOAUTH2 {}",
    ],
)
def test_what_answers_a_mechanism_is_hidden(said) -> None:
    answer = _b64(f"user {WORD}")
    clean = patterns((), False).text(said.format(answer))
    assert answer not in clean
    assert REDACTED in clean
