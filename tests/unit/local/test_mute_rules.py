"""A muted alarm changes its state and tells nobody; one still in ALARM tells afterwards."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import slow
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


def mute(
    client: Any, *alarms: str, expression: str = "at(2026-11-23T12:00)", **changes: Any
) -> None:
    schedule = {"Expression": expression, "Duration": "PT10M"}
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


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html:
# what the actions of all states do when the window ends.
@pytest.mark.parametrize(
    ("before", "within", "afterwards"),
    [
        ("OK", ["ALARM"], ["ALARM"]),
        ("OK", ["ALARM", "OK"], []),
        ("ALARM", ["OK"], ["OK"]),
        ("ALARM", ["OK", "ALARM"], ["ALARM"]),
        ("OK", ["INSUFFICIENT_DATA", "ALARM"], ["ALARM"]),
        ("INSUFFICIENT_DATA", ["ALARM", "OK"], ["OK"]),
    ],
)
def test_an_alarm_tells_after_the_window_what_it_still_is(
    client, alarm, clouds, deliveries, before, within, afterwards
) -> None:
    alarm(before)
    told(deliveries)
    mute(client, "a")
    for state in within:
        alarm(state)
    assert told(deliveries) == []
    clouds.advance(900)
    assert told(deliveries) == afterwards


@pytest.mark.parametrize("end", ["window", "deleted", "expired"])
def test_an_alarm_that_is_still_in_alarm_tells_when_the_rule_ends(
    client, alarm, clouds: CloudWatches, deliveries, end: str
) -> None:
    told(deliveries)
    expires = {"ExpireDate": dt.datetime.fromtimestamp(NOON + 60, dt.UTC)}
    mute(client, "a", expression="cron(0 12 * * *)", **(expires if end == "expired" else {}))
    alarm("ALARM")
    assert told(deliveries) == []
    if end == "deleted":
        client.delete_alarm_mute_rule(AlarmMuteRuleName="drill")
        client.delete_alarm_mute_rule(AlarmMuteRuleName="drill")
    else:
        clouds.advance(120 if end == "expired" else 600)
    ((_, _, message),) = deliveries.published
    assert json.loads(message)["ActionExecutedAfterMuteWindow"] is True


@slow
def test_a_recurring_rule_mutes_again(client, alarm, clouds, deliveries) -> None:
    told(deliveries)
    mute(client, "a", expression="cron(0 12 * * MON-TUE)")
    clouds.advance(900)
    alarm("ALARM")
    alarm("OK")
    assert told(deliveries) == ["ALARM", "OK"]
    clouds.advance(24 * 3600 - 900)
    alarm("ALARM")
    assert told(deliveries) == []
    clouds.advance(24 * 3600)
    told(deliveries)
    alarm("OK")
    assert told(deliveries) == ["OK"]


def test_rules_that_overlap_mute_until_the_last_has_ended(
    client, alarm, clouds, deliveries
) -> None:
    told(deliveries)
    mute(client, "a")
    mute(client, "a", Name="other", expression="at(2026-11-23T12:05)")
    alarm("ALARM")
    clouds.advance(12 * 60)
    assert told(deliveries) == []
    clouds.advance(4 * 60)
    assert told(deliveries) == ["ALARM"]


def test_a_rule_tells_its_state_as_time_passes(client, alarm, clouds) -> None:
    mute(
        client,
        "a",
        expression="at(2026-11-23T12:05)",
        Tags=[{"Key": "tocsin:drill", "Value": "tocsin-dev"}],
    )
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
        {"Expression": "cron(0 2 * * ? *)", "Duration": "PT1H"},
        {"Expression": "at(2026-11-23T12:00)", "Duration": "P16D"},
    ],
)
def test_a_schedule_that_is_none_is_refused(client, alarm, schedule) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        mute(client, "a", Rule={"Schedule": schedule})
    assert client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []


def test_a_rule_is_shown_as_it_was_given(client, alarm) -> None:
    begin, end = (dt.datetime(2026, 12, day, 8, 30, 59, tzinfo=dt.UTC) for day in (1, 31))
    mute(
        client,
        "a",
        expression="cron(0 2 * * SUN)",
        Description="weekly",
        StartDate=begin,
        ExpireDate=end,
    )
    shown = client.get_alarm_mute_rule(AlarmMuteRuleName="drill")
    assert (shown["MuteType"], shown["Status"], shown["Description"]) == (
        "RECURRING",
        "SCHEDULED",
        "weekly",
    )
    assert shown["Rule"]["Schedule"]["Timezone"] == "UTC"
    assert shown["MuteTargets"] == {"AlarmNames": ["a"]}
    # CloudWatch cuts both to the minute.
    assert (shown["StartDate"], shown["ExpireDate"]) == (
        begin.replace(second=0),
        end.replace(second=0),
    )


def test_many_rules_come_in_pages(client, alarm) -> None:
    for number in range(5):
        mute(client, "a" if number % 2 else "b", Name=f"rule-{number}")
    pages = client.get_paginator("list_alarm_mute_rules").paginate(MaxRecords=2)
    found = [page["AlarmMuteRuleSummaries"] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    of_a = client.list_alarm_mute_rules(AlarmName="a")["AlarmMuteRuleSummaries"]
    assert [rule["AlarmMuteRuleArn"][-6:] for rule in of_a] == ["rule-1", "rule-3"]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        client.list_alarm_mute_rules(NextToken="no-such-rule")


def test_an_alarm_that_is_not_there_cannot_be_muted(client, alarm) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        mute(client, "no-such-alarm")
    with pytest.raises(ClientError, match="does not exist"):
        client.get_alarm_mute_rule(AlarmMuteRuleName="drill")
