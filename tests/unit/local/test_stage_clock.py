"""Evaluation under the stage's clock: which minutes, in which order, with what consequences."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import slow
from tocsin.cloudwatch import evaluate
from tocsin.local.cloudwatch import CloudWatch, CloudWatches
from tocsin.local.cloudwatch.stage_clock import StageClock, boundaries

NOON = 1_795_435_200
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
QUIET = "arn:aws:sns:eu-west-1:123456789012:quiet"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:pager"

PutAlarm = Callable[..., None]


def put(client: Any, value: float, name: str = "Errors") -> None:
    client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": name, "Value": value}])


def state(client: Any, name: str) -> str:
    found = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
    return str(alarm["StateValue"])


@given(after=st.floats(0, 1e6), distance=st.floats(0, 2000), step=st.sampled_from([1, 10, 60]))
def test_every_boundary_is_passed_exactly_once(after: float, distance: float, step: int) -> None:
    middle, until = after + distance / 3, after + distance
    together = list(boundaries(after, until, step))
    apart = [*boundaries(after, middle, step), *boundaries(middle, until, step)]
    assert together == apart
    assert all(after < at <= until and at % step == 0 for at in together)


def test_the_clock_never_goes_back() -> None:
    clock = StageClock(lambda: 100.0)
    clock.advance(5)
    assert clock.now() == 105.0
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)


def test_advancing_evaluates_each_minute_in_order(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("a", TreatMissingData="notBreaching")
    put(client, 5)
    changes = clouds.advance(480)
    assert [(change.new.state, change.new.at - NOON) for change in changes] == [
        ("ALARM", 60),
        ("OK", 420),  # the evaluation range reaches five minutes further back
    ]
    assert state(client, "a") == "OK"
    assert clouds.clock.now() == NOON + 480


def test_in_small_steps_the_same_happens(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("a", TreatMissingData="notBreaching")
    put(client, 5)
    steps = [clouds.advance(7) for _ in range(61)]
    changes = [change for step in steps for change in step]
    assert [(str(change.new.state), change.new.at - NOON) for change in changes] == [
        ("ALARM", 60),
        ("OK", 420),
    ]


def test_the_wall_clock_counts_too(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, wall: Any
) -> None:
    put_alarm("a")
    put(client, 5)
    wall.at += 61
    (change,) = clouds.advance(0)
    assert (change.alarm, change.new.at) == ("a", NOON + 60)


def test_high_resolution_alarms_are_evaluated_every_ten_seconds(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("fast", Period=10)
    client.put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 5, "StorageResolution": 1}]
    )
    (change,) = clouds.advance(15)
    assert change.new.at == NOON + 10


def test_a_state_set_by_hand_is_set_back_by_the_next_evaluation(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, deliveries: Any
) -> None:
    put_alarm("a", AlarmActions=[TOPIC], TreatMissingData="notBreaching")
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="drill")
    assert [subject for _, subject, _ in deliveries.published] == ['ALARM: "a" in EU (Ireland)']
    (change,) = clouds.advance(60)
    assert (change.old.state, change.new.state) == ("ALARM", "OK")


def test_only_the_new_states_actions_run(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, deliveries: Any
) -> None:
    put_alarm("a", AlarmActions=[TOPIC], OKActions=[QUIET], TreatMissingData="notBreaching")
    put(client, 5)
    clouds.advance(480)
    assert [(topic, subject.split(":")[0]) for topic, subject, _ in deliveries.published] == [
        (TOPIC, "ALARM"),
        (QUIET, "OK"),
    ]
    message = json.loads(deliveries.published[0][2])
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert message["Trigger"]["MetricName"] == "Errors"


def test_disabled_actions_do_not_run_but_the_state_changes(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, deliveries: Any
) -> None:
    put_alarm("a", AlarmActions=[TOPIC], ActionsEnabled=False)
    put(client, 5)
    clouds.advance(60)
    assert state(client, "a") == "ALARM"
    assert deliveries.published == []


@pytest.mark.parametrize("refused", [TOPIC, "arn:aws:automate:eu-west-1:ec2:stop"])
def test_an_action_that_fails_is_in_the_history_and_stops_nothing(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, deliveries: Any, refused: str
) -> None:
    deliveries.refusing.add(TOPIC)
    put_alarm("a", AlarmActions=[refused, QUIET])
    put(client, 5)
    clouds.advance(60)
    items = client.describe_alarm_history(AlarmName="a", HistoryItemType="Action")
    failed = next(item for item in items["AlarmHistoryItems"] if "Failed" in item["HistorySummary"])
    error = json.loads(failed["HistoryData"])["error"]
    assert error
    assert sorted(item["HistorySummary"] for item in items["AlarmHistoryItems"]) == [
        f'Failed to execute action {refused}. Received error: "{error}"',
        f"Successfully executed action {QUIET}",
    ]


def test_whatever_a_delivery_raises_the_next_one_is_made(
    clouds: CloudWatches,
    client: Any,
    put_alarm: PutAlarm,
    deliveries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(deliveries, "invoke", broken)
    monkeypatch.setattr(deliveries, "announce", broken)
    put_alarm("a", AlarmActions=[FUNCTION, TOPIC])
    put(client, 5)
    (change,) = clouds.advance(60)
    assert change.alarm == "a"
    assert [topic for topic, _, _ in deliveries.published] == [TOPIC]
    items = client.describe_alarm_history(AlarmName="a", HistoryItemType="Action")
    summaries = [item["HistorySummary"] for item in items["AlarmHistoryItems"]]
    assert (
        f'Failed to execute action {FUNCTION}. Received error: "RuntimeError: broken"' in summaries
    )


def test_an_alarm_that_cannot_be_evaluated_does_not_stop_the_others(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sometimes(alarm: Any, *rest: Any) -> Any:
        if alarm.name == "bad":
            raise ZeroDivisionError
        return evaluate(alarm, *rest)

    monkeypatch.setattr("tocsin.local.cloudwatch.alarm_service.evaluate", sometimes)
    put_alarm("bad")
    put_alarm("good")
    put(client, 5)
    assert [change.alarm for change in clouds.advance(60)] == ["good"]


def test_a_function_can_be_an_action(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, deliveries: Any
) -> None:
    put_alarm("a", AlarmActions=[FUNCTION])
    put(client, 5)
    clouds.advance(60)
    ((arn, event),) = deliveries.invoked
    assert arn == FUNCTION
    assert event["source"] == "aws.cloudwatch"
    assert event["time"] == "2026-11-23T12:01:00.000+0000"  # EventBridge's has a Z
    assert event["alarmData"]["alarmName"] == "a"
    assert event["alarmData"]["state"]["value"] == "ALARM"


def test_every_change_is_announced_to_eventbridge(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, deliveries: Any
) -> None:
    put_alarm("a")
    put(client, 5)
    clouds.advance(60)
    (event,) = deliveries.announced
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["state"]["value"] == "ALARM"


def test_a_composite_sees_the_states_of_the_same_minute(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("a")
    client.put_composite_alarm(AlarmName="inner", AlarmRule="ALARM(a)")
    client.put_composite_alarm(AlarmName="above", AlarmRule="ALARM(inner) AND NOT OK(a)")
    put(client, 5)
    changes = [(c.alarm, str(c.new.state), c.new.at - NOON) for c in clouds.advance(60)]
    assert changes[-3:] == [("a", "ALARM", 60), ("inner", "ALARM", 60), ("above", "ALARM", 60)]


def test_metrics_from_the_stage_are_stamped_with_its_time(
    clouds: CloudWatches, cloud: CloudWatch, client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("a")
    clouds.advance(3600)
    cloud.record("Shop", "Errors", 5, "Count", {}, wall=NOON)
    (change,) = clouds.advance(60)
    assert change.new.at == NOON + 3660


def test_accounts_and_regions_do_not_see_each_other(clouds: CloudWatches) -> None:
    here = clouds.of("123456789012", "eu-west-1")
    assert clouds.of("123456789012", "eu-west-1") is here
    here.do("PutDashboard", {"DashboardName": "d", "DashboardBody": "{}"})
    assert clouds.of("123456789012", "us-east-1").has_dashboard("d") is False


def test_a_suppressor_holds_a_composites_actions_not_its_state(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, deliveries: Any
) -> None:
    put_alarm("errors")
    put_alarm("maintenance", MetricName="Maintenance", TreatMissingData="ignore")
    client.put_composite_alarm(
        AlarmName="page",
        AlarmRule="ALARM(errors)",
        AlarmActions=[TOPIC],
        ActionsSuppressor="maintenance",
        ActionsSuppressorWaitPeriod=60,
        ActionsSuppressorExtensionPeriod=120,
    )
    clouds.advance(60)
    client.set_alarm_state(AlarmName="maintenance", StateValue="ALARM", StateReason="planned")
    client.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="deploy")
    (page,) = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (page["StateValue"], page["ActionsSuppressedBy"]) == ("ALARM", "Alarm")
    assert deliveries.published == []
    put(client, 5)  # keeps errors in ALARM while the clock goes on
    client.set_alarm_state(AlarmName="maintenance", StateValue="OK", StateReason="over")
    (page,) = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert page["ActionsSuppressedBy"] == "ExtensionPeriod"
    clouds.advance(110)
    assert deliveries.published == []
    clouds.advance(10)
    ((topic, subject, _),) = deliveries.published
    assert (topic, subject) == (TOPIC, 'ALARM: "page" in EU (Ireland)')
    (page,) = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert "ActionsSuppressedBy" not in page


@slow
@pytest.mark.parametrize(
    ("period", "treatment", "needed"),
    [(10, "missing", 2), (10, "notBreaching", 2), (20, "ignore", 2), (30, "breaching", 1)],
)
def test_the_states_of_a_ten_second_alarm_do_not_depend_on_the_steps_or_on_the_order(
    clouds: CloudWatches, client: Any, put_alarm: PutAlarm, period: int, treatment: str, needed: int
) -> None:
    """A second, 7, 10 or 90 at a time, and whichever sample came first."""
    values = (5, 0, None, 7, 9, None, None, 0, 3, None, 8, 8, 8, None, 0)
    known = [(10 * place + 3, value) for place, value in enumerate(values) if value is not None]
    until = 300
    seen = []
    for step, order in ((1, 1), (7, -1), (10, 1), (90, -1)):
        name, start = f"by-{step}", clouds.clock.now()
        client.put_metric_data(
            Namespace="Shop",
            MetricData=[
                {
                    "MetricName": name,
                    "Value": value,
                    "StorageResolution": 1,
                    "Timestamp": start + after,
                }
                for after, value in known[::order]
            ],
        )
        put_alarm(
            name,
            MetricName=name,
            Period=period,
            EvaluationPeriods=2,
            DatapointsToAlarm=needed,
            TreatMissingData=treatment,
        )
        changes = [change for _ in range(0, until, step) for change in clouds.advance(step)]
        seen.append(
            [
                (str(change.new.state), change.new.at - start)
                for change in changes
                if change.alarm == name and change.new.at <= start + until
            ]
        )
        client.delete_alarms(AlarmNames=[name])
        clouds.advance(-clouds.clock.now() % 60)
    assert seen[0]
    assert seen == [seen[0]] * 4
