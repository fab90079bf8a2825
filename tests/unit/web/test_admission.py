"""Tokens are good once, sessions for half a day."""

import pytest

from tests.unit.web.conftest import OWN
from tocsin.web.admission import Admission


def test_a_token_is_good_once() -> None:
    admission = Admission()
    token = admission.new_token()
    session = admission.admit(token)
    assert admission.knows(session)
    assert admission.admit(token) is None


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 10_000])
def test_what_was_never_given_is_none(token) -> None:
    admission = Admission()
    admission.new_token()
    assert admission.admit(token) is None
    assert not admission.knows(token)


def test_a_session_ends_after_half_a_day() -> None:
    time = [0.0]
    admission = Admission(lambda: time[0])
    session = admission.admit(admission.new_token())
    time[0] = 12 * 3_600 - 1
    assert admission.knows(session)
    time[0] += 1
    assert not admission.knows(session)


def test_unused_tokens_are_few() -> None:
    admission = Admission()
    tokens = [admission.new_token() for _ in range(30)]
    assert [token is None for token in tokens].count(False) == 20
    assert admission.admit(tokens[0])
    assert admission.new_token()


def test_the_newest_sessions_stay() -> None:
    time = [0.0]
    admission = Admission(lambda: time[0])
    sessions = []
    for number in range(60):
        time[0] = number
        sessions.append(admission.admit(admission.new_token()))
    assert [admission.knows(session) for session in sessions] == [False] * 10 + [True] * 50


def test_another_address_is_printed_in_the_terminal_and_not_on_the_page(client, admission) -> None:
    answer = client.post("/session", data={"again": "yes"}, headers=OWN)
    assert answer.status_code == 200
    assert "The terminal has another address now." in answer.text


def test_a_wrong_token_says_so(client) -> None:
    answer = client.post("/session", data={"token": "wrong"}, headers=OWN)
    assert answer.status_code == 401
    assert "That token is none" in answer.text
    assert "set-cookie" not in answer.headers
