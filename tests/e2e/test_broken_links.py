"""Break one link of a deployed stage on purpose: the drill must fail and name that link."""

import json

import pytest

from tests.e2e.conftest import Project

ORDERS = ("--stage", "local", "--function", "orders")


@pytest.fixture
def broken(deployed: Project):
    """``broken(file, old, new)`` deploys the project with one line changed; restored afterwards."""
    kept: dict[str, str] = {}

    def deploy(file: str, old: str, new: str) -> Project:
        kept[file] = (deployed.root / file).read_text()
        deployed.replace(file, old, new)
        deployed.invoke("deploy", "--stage", "local", "--no-smoke-test")
        return deployed

    yield deploy
    for file, text in kept.items():
        (deployed.root / file).write_text(text)


def drill_of_orders(project: Project) -> dict[str, dict[str, str]]:
    """Check -> its row, of a drill that must fail."""
    done = project.invoke("smoke-test", *ORDERS, "--json", expect=1)
    return {each["check"]: each for each in json.loads(done.stdout)}


def results(checks) -> dict[str, str]:
    return {name: each["result"] for name, each in checks.items()}


def test_a_topic_dropped_from_the_actions_is_named(broken) -> None:
    project = broken(
        "resources/alarms.yml.j2", "AlarmActions: [{Ref: AlertsTopic}]", "AlarmActions: []"
    )
    checks = drill_of_orders(project)
    assert results(checks)["error-rate alarm fires"] == "passed"
    assert results(checks)["notification arrives"] == "failed"
    assert results(checks)["recovery is notified"] == "passed"
    assert checks["notification arrives"]["detail"].startswith(
        "alarm -> topic: AlarmActions names nothing, not the topic arn:aws:sns:"
    )


def test_a_misspelt_dimension_is_named(broken) -> None:
    project = broken(
        "resources/alarms.yml.j2",
        "Dimensions: [{Name: FunctionName, Value: {{ function.name | tojson }}}]}, Period",
        "Dimensions: [{Name: FunctionName, Value: {{ (function.name ~ 's') | tojson }}}]}, Period",
    )
    checks = drill_of_orders(project)
    assert results(checks)["record in the error log"] == "passed"
    assert results(checks)["error-rate alarm fires"] == "failed"
    assert checks["error-rate alarm fires"]["detail"] == (
        "metric -> alarm: it watches AWS/Lambda Errors {FunctionName=orders-function-locals}, "
        "which has no data; the function emits AWS/Lambda Errors "
        "{FunctionName=orders-function-local}"
    )


def test_a_role_without_put_item_is_named_and_nothing_is_lost(broken) -> None:
    project = broken("resources/iam.yml.j2", "dynamodb:PutItem", "dynamodb:DescribeTable")
    client = project.client("lambda")
    answer = client.invoke(
        FunctionName="orders-function-local", Payload=json.dumps({"simulate": "error"})
    )
    payload = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    # The function still raises its own error, not the error log's.
    assert payload["errorType"] not in ("ClientError", "AccessDeniedException")

    checks = drill_of_orders(project)
    assert results(checks)["failure is raised"] == "passed"
    assert results(checks)["record in the error log"] == "failed"
    assert results(checks)["notification arrives"] == "passed"
    detail = checks["record in the error log"]["detail"]
    assert detail.startswith("error log -> table: the store refused the record (AccessDenied")

    request_id = answer["ResponseMetadata"]["RequestId"]
    events = project.client("logs").filter_log_events(
        logGroupName="/aws/lambda/orders-function-local", filterPattern='"error_log_fallback"'
    )["events"]
    records = [json.loads(each["message"]) for each in events if request_id in each["message"]]
    (record,) = [each["error_log_fallback"] for each in records]
    assert record["errorType"] == payload["errorType"]
    assert record["stackTrace"]
    assert record["event"] == {"simulate": "error"}
