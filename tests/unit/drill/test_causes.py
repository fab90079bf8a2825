"""What makes a function fail: its owner's event, or one that errorlog answers, signed."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from errorlog import drill as answering
from errorlog.invocation import DRILL
from tests.conftest import DEMO
from tocsin import config
from tocsin.aws.account import Account
from tocsin.config import ExternalFunction
from tocsin.config.drill_settings import DrillEvents
from tocsin.drill.causes import Cause, Causes
from tocsin.drill.checks import Kind

KEY = "k" * 64
FUNCTION = replace(config.load(DEMO, "dev").functions[0], drill=DrillEvents())


def configured(account: Account, variables: dict[str, str]) -> Stubber:
    """Lambda, asked once for the function's configuration."""
    answers = Stubber(account.client("lambda"))
    answers.add_response(
        "get_function_configuration",
        {"Environment": {"Variables": variables}},
        {"FunctionName": FUNCTION.name},
    )
    return answers


@pytest.fixture
def deployed(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """As errorlog sees it in the function itself."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", FUNCTION.name)
    monkeypatch.setenv(answering.KEY_VARIABLE, KEY)
    return account


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Kind.SUCCESS, "success"),
        (Kind.TIMEOUT, "timeout"),
        (Kind.MEMORY, "memory"),
        (Kind.EXIT, "exit"),
        (Kind.ANSWER, "answer"),
        (Kind.ITEMS, "items"),
        (Kind.EXCEPTION, "exception"),
        (Kind.LATENCY, "slow"),
    ],
)
def test_without_events_errorlog_is_asked_in_a_way_that_it_answers(
    deployed: Account, kind: Kind, asked: str
) -> None:
    with configured(deployed, {answering.KEY_VARIABLE: KEY}):
        cause = Causes(deployed).of(FUNCTION, kind)
    assert isinstance(cause, Cause)
    assert cause.forced
    events: list[Any] = [cause.make(), cause.make()]
    assert [(answering.asked(event) or {})["kind"] for event in events] == [asked, asked]
    assert events[0][DRILL]["nonce"] != events[1][DRILL]["nonce"], "each is good once"


def test_the_key_is_read_once(deployed: Account) -> None:
    with configured(deployed, {answering.KEY_VARIABLE: KEY}):
        causes = Causes(deployed)
        for kind in (Kind.SUCCESS, Kind.TIMEOUT, Kind.MEMORY):
            assert isinstance(causes.of(FUNCTION, kind), Cause)


def test_an_event_of_the_owners_comes_first_and_asks_nobody(account: Account) -> None:
    function = replace(FUNCTION, drill=DrillEvents(timeout={"sleep": True}))
    with Stubber(account.client("lambda")):  # any request would be one too many
        cause = Causes(account).of(function, Kind.TIMEOUT)
    assert isinstance(cause, Cause)
    assert (cause.forced, cause.make()) == (False, {"sleep": True})
    assert "{'sleep': True}" in cause.words


def test_a_function_without_a_key_has_no_cause_and_why(account: Account) -> None:
    with configured(account, {}):
        why = Causes(account).of(FUNCTION, Kind.TIMEOUT)
    assert isinstance(why, str)
    assert why


def test_one_that_is_switched_off_is_not_called(account: Account) -> None:
    """Its owner's event, too, would be turned away for a minute and its time-out."""
    off = replace(FUNCTION, keys={"reservedConcurrency": 0})
    with Stubber(account.client("lambda")):
        for kind in (Kind.SUCCESS, Kind.EXCEPTION):
            why = Causes(account).of(off, kind)
            assert isinstance(why, str)
            assert "reservedConcurrency is 0" in why


def test_one_that_was_given_up_on_is_sent_nothing_more(account: Account) -> None:
    causes = Causes(account)
    causes.give_up(FUNCTION, "it does not answer")
    with Stubber(account.client("lambda")):
        assert causes.of(FUNCTION, Kind.TIMEOUT) == "it does not answer"


def test_another_stacks_function_is_called_with_events_of_its_entry_only(account: Account) -> None:
    external = ExternalFunction(
        key="theirs", name="theirs", timeout=6, drill=DrillEvents(), alarm_settings={}
    )
    with Stubber(account.client("lambda")):
        assert "another stack's function" in str(Causes(account).of(external, Kind.TIMEOUT))
