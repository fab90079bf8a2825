"""Break one link of a deployed stage behind its back: the drill must fail and name that link.

The check before a deploy refuses these mistakes in the templates, so they are made on what is
deployed, as somebody in a console would. One mistake for each link, and in `invoke test-deep`
the others.
"""

import json
from typing import Any

import pytest

from tests.conftest import deep
from tests.e2e.conftest import Project

ALARM = "orders-error-rate-alarm-local"
FUNCTION = "orders-function-local"
ROLE = "orders-role-local"
TOPIC = "alerts-topic-local"
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


def drill_of_orders(
    project: Project, *, expect: int, only: str = "exception"
) -> dict[str, dict[str, Any]]:
    """Link -> its check, of one kind of the drill of orders; the page is called so."""
    done = project.invoke(
        *("smoke-test", "--stage", "local", "--function", "orders", "--only", only),
        "--json",
        expect=expect,
    )
    return {
        "page" if check["kind"] == "page" and check["link"] == "notified" else check["link"]: check
        for check in map(json.loads, done.stdout.splitlines())
        if (check["kind"], check["link"]) != ("page", "OK notified")
    }


def results(checks) -> dict[str, str]:
    return {name: check["result"] for name, check in checks.items()}


def test_nothing_broken_passes(deployed: Project) -> None:
    assert set(results(drill_of_orders(deployed, expect=0)).values()) == {"passed"}


def test_a_page_that_earlier_failures_raised_is_called_off_first(deployed: Project) -> None:
    """As on AWS, where time passes: time-outs of the same drill are in the error rate, too."""
    cloudwatch = deployed.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="time-outs")
    (page,) = cloudwatch.describe_alarms(
        AlarmNames=["health-alarm-local"], AlarmTypes=["CompositeAlarm"]
    )["CompositeAlarms"]
    assert page["StateValue"] == "ALARM"
    assert results(drill_of_orders(deployed, expect=0))["page"] == "passed"


def wiring_of_orders(project: Project, *, expect: int) -> dict[str, dict[str, Any]]:
    done = project.invoke(
        "smoke-test", "--stage", "local", "-f", "orders", "--wiring", "--json", expect=expect
    )
    return {
        check["detail"].split()[0]: check for check in map(json.loads, done.stdout.splitlines())
    }


def test_wiring_covers_every_kind_of_alarm(deployed: Project) -> None:
    assert results(wiring_of_orders(deployed, expect=0)) == {
        "orders-error-rate-alarm-local,": "passed",
        "orders-error-rate-5m-alarm-local,": "passed",
        "orders-error-rate-15m-alarm-local,": "passed",
        "orders-latency-alarm-local,": "passed",
        "orders-throttles-alarm-local,": "passed",
        "health-alarm-local,": "passed",
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


@deep
def test_a_page_that_reaches_nobody_is_named(deployed: Project) -> None:
    cloudwatch, name = deployed.client("cloudwatch"), "health-alarm-local"
    (described,) = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    original = {key: value for key, value in described.items() if key not in REPORTED}
    cloudwatch.put_composite_alarm(**{**original, "AlarmActions": []})
    try:
        checks = drill_of_orders(deployed, expect=1)
    finally:
        cloudwatch.put_composite_alarm(**original)
    assert results(checks)["notified"] == "passed"
    assert checks["page"]["detail"].startswith(
        "alarm -> topic: AlarmActions names nothing, not the topic arn:aws:sns:"
    )
    assert checks["page"]["detail"].endswith("pages-topic-local")


def test_a_misspelt_child_of_the_page_is_named(deployed: Project) -> None:
    cloudwatch, name = deployed.client("cloudwatch"), "orders-health-alarm-local"
    (described,) = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    original = {key: value for key, value in described.items() if key not in REPORTED}
    cloudwatch.put_composite_alarm(**{**original, "AlarmRule": "FALSE"})
    try:
        checks = drill_of_orders(deployed, expect=1)
    finally:
        cloudwatch.put_composite_alarm(**original)
    assert checks["page"]["detail"].startswith(
        "alarm -> composite alarm: health-alarm-local did not go to ALARM; its rule is ALARM("
    )


@deep
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


def test_a_deleted_alarm_is_named(deployed: Project) -> None:
    # CloudWatch lets nobody delete an alarm that a composite one looks at; this one is a ticket.
    cloudwatch, name = deployed.client("cloudwatch"), "orders-latency-alarm-local"
    (described,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    cloudwatch.delete_alarms(AlarmNames=[name])
    try:
        checks = drill_of_orders(deployed, expect=1, only="latency")
    finally:
        original = {key: value for key, value in described.items() if key not in REPORTED}
        cloudwatch.put_metric_alarm(**original)
    assert checks["ALARM"]["detail"] == f"stack -> alarm: {name} is not deployed"


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

    # The collector writes the records from the log, and the drill says so.
    checks = drill_of_orders(deployed, expect=0)
    assert results(checks)["raised"] == "passed"
    assert results(checks)["recorded"] == "passed"
    assert results(checks)["notified"] == "passed"
    detail = checks["recorded"]["detail"]
    assert "recorded by way of the log: the table refused" in detail
    assert "AccessDeniedException" in detail

    request_id = answer["ResponseMetadata"]["RequestId"]
    events = deployed.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{FUNCTION}", filterPattern='"error_log_fallback"'
    )["events"]
    lines = [json.loads(event["message"]) for event in events if request_id in event["message"]]
    (record,) = [line["error_log_fallback"] for line in lines]
    assert record["errorType"] == payload["errorType"]
    assert record["stackTrace"]
    assert record["event"] == {"simulate": "error"}
    healed = deployed.invoke("errors-show", record["errorId"], "--stage", "local").stdout
    assert payload["errorType"] in healed


@deep
def test_a_metric_that_nobody_emits_is_named(deployed: Project, changed_alarm) -> None:
    def rename(alarm) -> None:
        for query in alarm["Metrics"]:
            if query["Id"] == "errors":
                query["MetricStat"]["Metric"]["MetricName"] = "Error"

    changed_alarm(rename)
    checks = drill_of_orders(deployed, expect=1)
    assert checks["ALARM"]["detail"].startswith(
        "metric -> alarm: it watches AWS/Lambda Error {FunctionName=orders-function-local}, "
        "which has no data"
    )


@pytest.fixture
def topic_closed_to_cloudwatch(deployed: Project):
    sns = deployed.client("sns")
    topic = f"arn:aws:sns:us-east-1:000000000000:{TOPIC}"
    policy = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    closed = json.loads(policy)
    for statement in closed["Statement"]:
        statement["Principal"] = {"Service": "events.amazonaws.com"}

    def put(document: str) -> None:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)

    put(json.dumps(closed))
    yield
    put(policy)


def test_a_topic_that_refuses_cloudwatch_is_named(
    deployed: Project, topic_closed_to_cloudwatch
) -> None:
    checks = drill_of_orders(deployed, expect=1)
    assert results(checks)["ALARM"] == "passed"
    detail = checks["notified"]["detail"]
    assert detail.startswith("alarm -> topic: Failed to execute action arn:aws:sns:")
    assert "is not authorized to perform: SNS:Publish on resource: " in detail
    assert detail.endswith("the topic's policy does not let CloudWatch publish")


@pytest.fixture
def key_closed_to_cloudwatch(deployed: Project):
    kms, key = deployed.client("kms"), "alias/topics-key-local"
    key_id = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"]
    policy = kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]
    closed = json.loads(policy)
    closed["Statement"] = [
        statement for statement in closed["Statement"] if "Service" not in statement["Principal"]
    ]
    assert len(closed["Statement"]) == 1, "this test breaks nothing"
    kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=json.dumps(closed))
    yield
    kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=policy)


@deep
def test_a_key_that_refuses_cloudwatch_is_named(
    deployed: Project, key_closed_to_cloudwatch
) -> None:
    checks = drill_of_orders(deployed, expect=1)
    assert results(checks)["ALARM"] == "passed"
    detail = checks["notified"]["detail"]
    assert "does not have authorization to access the SNS topic encryption key" in detail
    assert detail.endswith(
        "the policy of the topic's key does not let CloudWatch use it "
        "(kms:Decrypt, kms:GenerateDataKey*)"
    )


@pytest.fixture
def log_without_subscription(deployed: Project):
    logs, group = deployed.client("logs"), f"/aws/lambda/{FUNCTION}"
    (filter_,) = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    logs.delete_subscription_filter(logGroupName=group, filterName=filter_["filterName"])
    yield
    taken = ("logGroupName", "filterName", "filterPattern", "destinationArn")
    logs.put_subscription_filter(**{key: filter_[key] for key in taken})


def test_a_log_that_the_collector_does_not_get_is_named(
    deployed: Project, log_without_subscription
) -> None:
    checks = drill_of_orders(deployed, expect=1, only="memory")
    assert results(checks) == {"raised": "passed", "recorded": "failed"}
    assert checks["recorded"]["detail"] == (
        f"platform log -> collector: log group /aws/lambda/{FUNCTION} has no subscription "
        "(1 of 1 records missing)"
    )


@pytest.fixture
def declared_notification(deployed: Project):
    """``declared_notification(protocol, endpoint)`` adds it to monitoring.yml."""
    file = deployed.root / "monitoring.yml"
    before = file.read_text()

    def declare(protocol: str, endpoint: str) -> None:
        entry = f"notifications:\n  - {{protocol: {protocol}, endpoint: {endpoint!r}}}\n"
        deployed.replace("monitoring.yml", "notifications: []\n", entry)

    yield declare
    file.write_text(before)


def test_who_has_not_confirmed_is_named(deployed: Project, declared_notification) -> None:
    sns, hook = deployed.client("sns"), "https://127.0.0.1:9/hook"  # nobody answers there
    sns.subscribe(
        TopicArn="arn:aws:sns:us-east-1:000000000000:pages-topic-local",
        Protocol="https",
        Endpoint=hook,
    )
    declared_notification("https", hook)
    checks = drill_of_orders(deployed, expect=1, only="subscribers")
    assert checks["confirmed"]["detail"].startswith(
        f"topic -> subscriber: https {hook} has not confirmed its subscription"
    )


def test_who_is_declared_and_not_subscribed_is_named(
    deployed: Project, declared_notification
) -> None:
    declared_notification("email", "oncall@example.com")
    checks = drill_of_orders(deployed, expect=1, only="subscribers")
    assert checks["confirmed"]["detail"].startswith(
        "topic -> subscriber: email oncall@example.com is not subscribed to"
    )
