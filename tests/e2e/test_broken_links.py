"""Break one link of a deployed stage behind its back: the drill must fail and name that link.

The check before a deploy refuses these mistakes in the templates, so they are made on what is
deployed, as somebody in a console would.
"""

import json
from typing import Any

import pytest

from tests.e2e.conftest import Project

ALARM = "orders-error-rate-alarm-local"
FUNCTION = "orders-function-local"
ROLE = "orders-role-local"
# What DescribeAlarms tells and PutMetricAlarm does not take.
REPORTED = ("AlarmArn", "AlarmConfigurationUpdatedTimestamp", "StateValue", "StateReason",
            "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp",
            "EvaluationState")  # fmt: skip


@pytest.fixture
def changed_alarm(deployed: Project):
    """``changed_alarm(change)`` puts the error-rate alarm of orders back changed."""
    cloudwatch = deployed.client("cloudwatch")
    (described,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    original = {key: value for key, value in described.items() if key not in REPORTED}

    def put(change) -> None:
        definition = json.loads(json.dumps(original))
        change(definition)
        assert definition != original, "this test breaks nothing"
        cloudwatch.put_metric_alarm(**definition)

    yield put
    cloudwatch.put_metric_alarm(**original)


@pytest.fixture
def role_without_put_item(deployed: Project):
    iam = deployed.client("iam")
    policy = iam.get_role_policy(RoleName=ROLE, PolicyName="error-log")["PolicyDocument"]
    iam.delete_role_policy(RoleName=ROLE, PolicyName="error-log")
    yield
    iam.put_role_policy(RoleName=ROLE, PolicyName="error-log", PolicyDocument=json.dumps(policy))


def drill_of_orders(project: Project, *, expect: int) -> dict[str, dict[str, Any]]:
    """Link -> its check, of the drill's exceptions of orders."""
    done = project.invoke(
        *("smoke-test", "--stage", "local", "--function", "orders", "--only", "exception"),
        "--json",
        expect=expect,
    )
    return {each["link"]: each for each in json.loads(done.stdout)}


def results(checks) -> dict[str, str]:
    return {name: each["result"] for name, each in checks.items()}


def test_nothing_broken_passes(deployed: Project) -> None:
    assert set(results(drill_of_orders(deployed, expect=0)).values()) == {"passed"}


def wiring_of_orders(project: Project, *, expect: int) -> dict[str, dict[str, Any]]:
    done = project.invoke(
        "smoke-test", "--stage", "local", "-f", "orders", "--wiring", "--json", expect=expect
    )
    return {each["detail"].split()[0]: each for each in json.loads(done.stdout)}


def test_wiring_covers_every_kind_of_alarm(deployed: Project) -> None:
    assert results(wiring_of_orders(deployed, expect=0)) == {
        "orders-error-rate-alarm-local,": "passed",
        "orders-latency-alarm-local,": "passed",
        "orders-throttles-alarm-local,": "passed",
    }


def test_wiring_names_a_topic_dropped_from_the_actions(deployed: Project, changed_alarm) -> None:
    changed_alarm(lambda alarm: alarm.update(OKActions=[]))
    checks = wiring_of_orders(deployed, expect=1)
    assert results(checks)["orders-latency-alarm-local,"] == "passed"
    assert checks["alarm"]["detail"].startswith("alarm -> topic: OKActions names nothing")


def test_a_topic_dropped_from_the_actions_is_named(deployed: Project, changed_alarm) -> None:
    changed_alarm(lambda alarm: alarm.update(AlarmActions=[]))
    checks = drill_of_orders(deployed, expect=1)
    assert results(checks)["ALARM"] == "passed"
    assert results(checks)["notified"] == "failed"
    assert results(checks)["OK notified"] == "passed"
    assert checks["notified"]["detail"].startswith(
        "alarm -> topic: AlarmActions names nothing, not the topic arn:aws:sns:"
    )


def test_disabled_actions_are_named(deployed: Project, changed_alarm) -> None:
    changed_alarm(lambda alarm: alarm.update(ActionsEnabled=False))
    checks = drill_of_orders(deployed, expect=1)
    assert checks["notified"]["detail"] == (
        "alarm -> topic: the alarm's actions are disabled (ActionsEnabled is false)"
    )


def test_a_misspelt_dimension_is_named(deployed: Project, changed_alarm) -> None:
    def misspell(alarm) -> None:
        for query in alarm["Metrics"]:
            for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", []):
                dimension["Value"] = "order-function-local"

    changed_alarm(misspell)
    checks = drill_of_orders(deployed, expect=1)
    assert results(checks)["recorded"] == "passed"
    assert results(checks)["ALARM"] == "failed"
    assert checks["ALARM"]["detail"] == (
        "metric -> alarm: it watches AWS/Lambda Errors {FunctionName=order-function-local}, "
        "which has no data; the function emits AWS/Lambda Errors "
        "{FunctionName=orders-function-local}"
    )


def test_a_deleted_alarm_is_named(deployed: Project, changed_alarm) -> None:
    deployed.client("cloudwatch").delete_alarms(AlarmNames=[ALARM])
    checks = drill_of_orders(deployed, expect=1)
    assert checks["ALARM"]["detail"] == f"stack -> alarm: {ALARM} is not deployed"


def test_a_role_without_put_item_is_named_and_nothing_is_lost(
    deployed: Project, role_without_put_item
) -> None:
    answer = deployed.client("lambda").invoke(
        FunctionName=FUNCTION, Payload=json.dumps({"simulate": "error"})
    )
    payload = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    # The function still raises its own error, not the error log's.
    assert payload["errorType"] not in ("ClientError", "AccessDeniedException")

    checks = drill_of_orders(deployed, expect=1)
    assert results(checks)["raised"] == "passed"
    assert results(checks)["recorded"] == "failed"
    assert results(checks)["notified"] == "passed"
    detail = checks["recorded"]["detail"]
    assert detail.startswith("error log -> table: the store refused the record (")
    assert "AccessDeniedException" in detail

    request_id = answer["ResponseMetadata"]["RequestId"]
    events = deployed.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{FUNCTION}", filterPattern='"error_log_fallback"'
    )["events"]
    lines = [json.loads(each["message"]) for each in events if request_id in each["message"]]
    (record,) = [each["error_log_fallback"] for each in lines]
    assert record["errorType"] == payload["errorType"]
    assert record["stackTrace"]
    assert record["event"] == {"simulate": "error"}
