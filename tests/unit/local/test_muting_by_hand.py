"""`alarms-mute` on the stage's CloudWatch: what is muted, by whom, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import DEMO
from tests.unit.local.conftest import Deliveries
from tocsin import config, names
from tocsin.aws import alarm_muting
from tocsin.drill.mute import muted_by
from tocsin.exceptions import InputError

STAGE = config.load(DEMO, "dev")
PAGED_EACH = replace(STAGE, paging="function")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDERS = STAGE.functions[0].alarm_names("dev")
HOURLY = timedelta(hours=1)


class AccountOf:
    """An account with one client, that of the CloudWatch under test."""

    local = None

    def __init__(self, client: Any) -> None:
        self._client = client

    def client(self, service: str) -> Any:
        assert service == "cloudwatch"
        return self._client


@pytest.fixture
def account(client: Any, put_alarm: Callable[..., None]) -> Any:
    for name in (*ORDERS.values(), names.stage_health("dev"), "others"):
        put_alarm(name, AlarmActions=[TOPIC], TreatMissingData="ignore")
    return AccountOf(client)


def test_every_deployed_alarm_of_the_stage_is_muted_and_nobody_elses(account, client) -> None:
    (name,) = alarm_muting.mute(account, STAGE, None, HOURLY, "we move", NOW)
    assert name.startswith(names.HAND_MUTE_PREFIX)
    assert name.endswith("-dev")
    (found,) = alarm_muting.mutes(account, STAGE)
    assert {*found.alarms} == {*ORDERS.values(), names.stage_health("dev")}
    assert (found.made_by, found.status, found.note) == ("hand", "ACTIVE", "we move")
    assert (found.schedule, found.duration) == ("at(2026-11-23T12:00)", "PT60M")
    assert client.get_alarm_mute_rule(AlarmMuteRuleName=name)["Description"] == "we move"


def test_a_function_that_pages_by_itself_is_muted_alone(account) -> None:
    alarm_muting.mute(account, PAGED_EACH, "orders", HOURLY, "", NOW)
    (found,) = alarm_muting.mutes(account, PAGED_EACH)
    assert {*found.alarms} == {*ORDERS.values()}


@pytest.mark.parametrize(
    ("stage", "function", "length", "said"),
    [
        (STAGE, "orders", HOURLY, "whose pages are the stage's as a whole"),
        (STAGE, None, timedelta(days=16), "from 1m to 15d"),
        (STAGE, None, timedelta(seconds=30), "from 1m to 15d"),
        (replace(STAGE, suffix="prod", name="prod"), None, HOURLY, "no alarm is deployed there"),
        (STAGE, "order", HOURLY, "orders"),
    ],
)
def test_what_would_mute_something_else_is_refused(account, stage, function, length, said) -> None:
    with pytest.raises(InputError, match=said):
        alarm_muting.mute(account, stage, function, length, "", NOW)
    assert alarm_muting.mutes(account, STAGE) == []


def test_muted_alarms_tell_nobody_until_they_are_taken_back(
    account, client, deliveries: Deliveries
) -> None:
    alarm = ORDERS["latency"]
    client.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="x")
    alarm_muting.mute(account, STAGE, None, HOURLY, "", NOW)
    client.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="x")
    assert deliveries.published == []
    assert alarm_muting.unmute(account, STAGE)
    assert alarm_muting.mutes(account, STAGE) == []
    assert len(deliveries.published) == 1  # it is in ALARM still, and says so


def test_only_what_was_muted_by_hand_on_this_stage_is_taken_back(account, client) -> None:
    alarm_muting.mute(account, STAGE, None, HOURLY, "", NOW)
    for name, tags in (
        (names.mute_rule("nightly", "", 1, "dev"), []),
        (f"{names.MUTE_RULE_PREFIX}1-dev", []),
        (f"{names.HAND_MUTE_PREFIX}0-dev", [{"Key": "tocsin:mute", "Value": "other-dev"}]),
    ):
        client.put_alarm_mute_rule(
            Name=name,
            Rule={"Schedule": {"Expression": "cron(0 2 * * *)", "Duration": "PT1H"}},
            MuteTargets={"AlarmNames": [ORDERS["latency"]]},
            Tags=tags,
        )
    assert len(alarm_muting.unmute(account, STAGE)) == 1
    assert [mute.name for mute in alarm_muting.mutes(account, STAGE)] == [
        f"{names.MUTE_RULE_PREFIX}1-dev", f"{names.HAND_MUTE_PREFIX}0-dev", "mute-nightly__1-dev",
    ]  # fmt: skip
    assert {mute.made_by for mute in alarm_muting.mutes(account, STAGE)} == {
        "drill",
        "hand",
        "others",
    }


def test_a_rule_that_is_refused_takes_back_those_before_it(account, client, monkeypatch) -> None:
    monkeypatch.setattr(alarm_muting, "MOST_ALARMS", 3)
    put, made = client.put_alarm_mute_rule, []

    def second_fails(**given: Any) -> Any:
        made.append(given["Name"])
        if len(made) == 2:
            raise RuntimeError("refused")
        return put(**given)

    monkeypatch.setattr(client, "put_alarm_mute_rule", second_fails)
    with pytest.raises(RuntimeError, match="refused"):
        alarm_muting.mute(account, STAGE, None, HOURLY, "", NOW)
    assert client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []


@pytest.mark.parametrize(
    "name", [f"{names.MUTE_RULE_PREFIX}1-dev", names.mute_rule("nightly", "", 1, "dev")]
)
def test_the_drill_knows_who_else_mutes_an_alarm(name, account, client) -> None:
    """Somebody, or a drill that was killed."""
    alarm = ORDERS["latency"]
    assert muted_by(account, alarm) == ""
    schedule = {"Expression": "at(2026-11-23T12:00)", "Duration": "PT1H"}
    client.put_alarm_mute_rule(
        Name=name, Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": [alarm]}
    )
    assert muted_by(account, alarm) == name
    assert muted_by(account, "others") == ""
