"""The whole workflow on a deployed stage, with boto3 and without mocks."""

import json
import time
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tocsin import triage
from tocsin.drill import probe, traffic

SUCCESSES, FAILURES = 6, 4
PATIENCE_S = 300  # CloudWatch on AWS has a Lambda metric within minutes


def willing(deployed):
    """The functions that succeed and fail on demand; a test needs at least one."""
    found = [
        function
        for function in deployed.stage.functions
        if function.drill.success is not None and function.drill.failure is not None
    ]
    if not found:
        pytest.skip("no function has drill events `success` and `failure` in monitoring.yml")
    return found


@pytest.fixture(scope="module")
def invocations(deployed):
    """Function key -> its 10 invocations, six of which succeed; and when they began."""
    began = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    made = {}
    for function in willing(deployed):
        events = [function.drill.success] * SUCCESSES + [function.drill.failure] * FAILURES
        made[function.key] = traffic.attempt_many(
            deployed.account, [(function, partial(deepcopy, event)) for event in events]
        )
    return began, made


def eventually(condition, patience_s=PATIENCE_S):
    """The first truthy answer of ``condition``, asked until ``patience_s`` have passed."""
    deadline = time.monotonic() + patience_s
    while True:
        answer = condition()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)


def test_ten_invocations_succeed_and_fail_as_asked(invocations) -> None:
    _, made = invocations
    for key, answers in made.items():
        assert [answer.refused for answer in answers if answer.refused] == [], key
        assert [bool(answer.error) for answer in answers] == [False] * SUCCESSES + [
            True
        ] * FAILURES, key


def test_every_failure_is_one_record_found_through_the_index(deployed, invocations) -> None:
    began, made = invocations
    for function in willing(deployed):
        failed = {answer.request_id for answer in made[function.key] if answer.error}

        def recorded(function=function):
            return triage.since(deployed.account, deployed.stage, function.name, began)

        eventually(lambda recorded=recorded: len(recorded()) >= FAILURES, 30)
        records = recorded()
        assert sorted(record["requestId"] for record in records) == sorted(failed)
        for record in records:
            assert record["stackTrace"]
            assert record["durationMs"] >= 0
            assert record["event"] == function.drill.failure


def test_the_topic_delivers_what_is_published(deployed) -> None:
    topic = deployed.outputs["AlertsTopicArn"]
    message = json.dumps({"AlarmName": "integration-test", "NewStateValue": "OK"})
    with probe.subscribed(deployed.account, deployed.stage, topic) as listening:
        deployed.account.client("sns").publish(TopicArn=topic, Message=message)
        assert listening.find("integration-test", "OK")


@pytest.mark.parametrize(
    ("metric", "least"), [("Invocations", SUCCESSES + FAILURES), ("Errors", FAILURES)]
)
def test_lambda_counts_what_happened(deployed, invocations, metric, least) -> None:
    began, _ = invocations
    start = datetime.fromisoformat(began) - timedelta(minutes=1)
    for function in willing(deployed):

        def total(function=function):
            answer = deployed.account.client("cloudwatch").get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName=metric,
                Dimensions=[{"Name": "FunctionName", "Value": function.name}],
                StartTime=start,
                # The local stage's clock may be ahead of the wall.
                EndTime=start + timedelta(hours=23),
                Period=60,
                Statistics=["Sum"],
            )
            return sum(datapoint["Sum"] for datapoint in answer["Datapoints"])

        eventually(lambda total=total: total() >= least)
        assert total() >= least, function.name


def test_an_alarm_that_changes_state_tells_the_topic(deployed) -> None:
    cloudwatch = deployed.account.client("cloudwatch")
    topic = deployed.outputs["AlertsTopicArn"]
    names = [
        function.alarm_names(deployed.stage.suffix)["throttles"]
        for function in deployed.stage.functions
        if function.alarm("throttles").enabled
    ]
    if not names:
        pytest.skip("no throttle alarm is enabled in monitoring.yml")
    with probe.subscribed(deployed.account, deployed.stage, topic) as listening:
        for name in names:
            for state in ("OK", "ALARM"):
                cloudwatch.set_alarm_state(
                    AlarmName=name, StateValue=state, StateReason="integration test"
                )
        for name in names:
            found = listening.find(name, "ALARM", patience_s=30)
            assert found, name
            assert found.message["NewStateReason"] == "integration test"
            assert found.message["Trigger"]["MetricName"] == "Throttles"
        # Without throttled calls the next evaluation sets it back.
        for name in names:

            def settled(name=name):
                deployed.clock.let_pass(deployed.clock.tick_s)
                (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
                return alarm["StateValue"] == "OK"

            assert eventually(settled), name
