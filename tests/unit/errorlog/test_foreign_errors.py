"""Of what other libraries and programs print no secret is left, and all else stays."""

import json

import pytest

from errorlog.invocation import Invocation
from errorlog.patterns import patterns
from errorlog.record import build
from errorlog.settings import from_environment
from tests.unit.errorlog.foreign_errors import HARMLESS, TOLD, TOLD_IF_MADE

MADE = ("Zq9mine" + "77x", "Tr0ub4dor" + "&3x")
WORD = "sun" + "shine"


def recorded(text: str) -> dict[str, object]:
    return dict(build(RuntimeError(text), Invocation({"n": 1}), from_environment()))


@pytest.mark.parametrize("secret", [*MADE, WORD])
def test_no_secret_of_theirs_is_left(secret) -> None:
    texts = TOLD if secret == WORD else TOLD | TOLD_IF_MADE
    left = [
        label
        for label, text in texts.items()
        if secret in json.dumps(recorded(text.replace("{}", secret)), ensure_ascii=False)
    ]
    assert left == []


def test_what_holds_no_secret_is_kept_verbatim() -> None:
    assert [text for text in HARMLESS if recorded(text)["errorMessage"] != text] == []


@pytest.mark.parametrize(
    "line",
    [
        "smtp.login('ann@example.com', '{}')",
        'requests.get(url, auth=HTTPBasicAuth(user, "{}"))',
        "client.username_pw_set('ann', b'{}')",
    ],
)
def test_nor_in_the_line_of_the_program_that_failed(line) -> None:
    assert WORD not in patterns((), False).code(f"    {line.replace('{}', WORD)}")


class Invalid(Exception):
    """As jsonschema's: its words are made when they are asked for."""

    def __init__(self, value: str) -> None:
        self.instance = value

    def __str__(self) -> str:
        return f"{self.instance!r} is too short\n\nOn instance['password']:\n    {self.instance!r}"


def test_what_a_message_names_in_its_last_line_is_hidden_in_its_first() -> None:
    record = build(Invalid("".join(MADE)), Invocation({"n": 1}), from_environment())
    assert "".join(MADE) not in json.dumps(record)
