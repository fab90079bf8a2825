"""A muted alarm changes its state and tells nobody; one still in ALARM tells afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local.conftest import NOON, Deliveries
from tocsin.local.cloudwatch import CloudWatches

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"


@pytest.fixture
def alarm(client: Any, put_alarm: Callable[..., None]) -> Callable[[str], None]:
    """Puts an alarm into a state; both states tell the topic."""
    for name in ("a", "b"):
        put_alarm(name, AlarmActions=[TOPIC], OKActions=[TOPIC], TreatMissingData="ignore")

    def to(state: str, name: str = "a") -> None:
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")

    to("OK")
    to("OK", "b")
    return to


def mute(client: Any, *alarms: str, at: str = "12:00", **changes: Any) -> None:
    schedule = {"Expression": f"at(2026-11-23T{at})", "Duration": "PT10M"}
    client.put_alarm_mute_rule(
        **{
            "Name": "drill",
            "Rule": {"Schedule": schedule},
            "MuteTargets": {"AlarmNames": list(alarms)},
            **changes,
        }
    )


def told(deliveries: Deliveries) -> list[str]:
    found = [subject.split(":")[0] for _, subject, _ in deliveries.published]
    deliveries.published.clear()
    return found


def test_only_what_a_rule_targets_is_muted(client, alarm, deliveries) -> None:
    told(deliveries)
    mute(client, "a")
    alarm("ALARM")
    assert told(deliveries) == []
    (state,) = client.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert state["StateValue"] == "ALARM"
    alarm("ALARM", "b")
    assert told(deliveries) == ["ALARM"]


def test_what_came_and_went_in_the_window_is_never_told(client, alarm, clouds, deliveries) -> None:
    told(deliveries)
    mute(client, "a")
    alarm("ALARM")
    alarm("OK")
    clouds.advance(900)
    assert told(deliveries) == []


@pytest.mark.parametrize("end", ["window", "deleted", "expired"])
def test_an_alarm_that_is_still_in_alarm_tells_when_the_rule_ends(
    client, alarm, clouds: CloudWatches, deliveries, end: str
) -> None:
    told(deliveries)
    expires = dt.datetime.fromtimestamp(NOON + 60, dt.UTC)
    mute(client, "a", **({"ExpireDate": expires} if end == "expired" else {}))
    alarm("ALARM")
    assert told(deliveries) == []
    if end == "deleted":
        client.delete_alarm_mute_rule(AlarmMuteRuleName="drill")
        client.delete_alarm_mute_rule(AlarmMuteRuleName="drill")
    else:
        clouds.advance(120 if end == "expired" else 600)
    assert told(deliveries) == ["ALARM"]


def test_a_rule_tells_its_state_as_time_passes(client, alarm, clouds) -> None:
    mute(client, "a", at="12:05", Tags=[{"Key": "tocsin:drill", "Value": "tocsin-dev"}])
    states = []
    for _ in range(3):
        states.append(client.get_alarm_mute_rule(AlarmMuteRuleName="drill")["Status"])
        clouds.advance(450)
    assert states == ["SCHEDULED", "ACTIVE", "EXPIRED"]
    (listed,) = client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert listed["MuteType"] == "ONE_TIME"
    assert client.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"] == []
    tags = client.list_tags_for_resource(ResourceARN=listed["AlarmMuteRuleArn"])["Tags"]
    assert tags == [{"Key": "tocsin:drill", "Value": "tocsin-dev"}]


@pytest.mark.parametrize(
    "schedule",
    [
        {"Expression": "cron(0 2 * * *)", "Duration": "PT1H"},
        {"Expression": "at(2026-13-01T00:00)", "Duration": "PT1H"},
        {"Expression": "at(2026-11-23T12:00)", "Duration": "PT0M"},
        {"Expression": "at(2026-11-23T12:00)", "Duration": "P16D"},
        {"Expression": "at(2026-11-23T12:00)", "Duration": "1 hour"},
        {"Expression": "at(2026-11-23T12:00)", "Duration": "PT1H", "Timezone": "Mars/Olympus"},
    ],
)
def test_a_schedule_that_is_none_is_refused(client, alarm, schedule) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        mute(client, "a", Rule={"Schedule": schedule})


def test_an_alarm_that_is_not_there_cannot_be_muted(client, alarm) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        mute(client, "no-such-alarm")
    with pytest.raises(ClientError, match="does not exist"):
        client.get_alarm_mute_rule(AlarmMuteRuleName="drill")
