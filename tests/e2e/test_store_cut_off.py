"""A function whose way to the table is cut: what it prints becomes its records, and wakes nobody.

Part of ``invoke test-deep``, under Lambda's conditions with the least memory that a function has.
"""

import contextlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from tests.conftest import copy_project, deep
from tests.e2e.conftest import Project, free_port
from tests.e2e.failing_functions import handler
from tests.e2e.people import AS_THE_STACK_MAKES_IT, people, told
from tests.waiting import until

FUNCTION, NAME = "cut-off", "cut-off-function-local"
FAILURES, AT_ONCE = 100, 5
pytestmark = deep


@contextlib.contextmanager
def no_way_out() -> Iterator[str]:
    """As in a VPC without a route to DynamoDB: whoever connects waits for an answer to his SYN."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)
            connection.connect_ex(listening.getsockname())
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        for connection in waiting:
            connection.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One function that always fails, and whose own alarms are off: what rings is the error log."""
    root = copy_project(tmp_path_factory.mktemp("cut off") / "a project")
    declared = yaml.safe_load((root / "monitoring.yml").read_text())
    declared["alarms"] = {"enabled": False}
    declared["functions"] = {
        FUNCTION: {"memory": 128, "timeout": 20, "environment": {"ERROR_LOG_BURST": 1_000}}
    }
    (root / "monitoring.yml").write_text(yaml.safe_dump(declared))
    for scenarios in (root / "tests" / "alarms").glob("*.yml"):
        scenarios.unlink()  # of the demo functions, which are not here
    (root / "functions" / FUNCTION).mkdir()
    (root / "functions" / FUNCTION / "handler.py").write_text(
        handler('raise ValueError("no such order 81")')
    )
    project = Project(root, free_port())
    try:
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        with no_way_out() as endpoint:
            client = project.client("lambda")
            found = client.get_function_configuration(FunctionName=NAME)["Environment"]
            found["Variables"]["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint
            client.update_function_configuration(FunctionName=NAME, Environment=found)
            yield project
    finally:
        project.invoke("local-stop", expect=None)


def counted(project: Project, namespace: str, metric: str, **dimensions: str) -> float:
    """The sum of a metric over the last hours of the stage's clock."""
    now = datetime.fromisoformat(project.json("local-clock")["now"]).astimezone(UTC)
    answer = project.client("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName=metric, Period=60, Statistics=["Sum"],
        StartTime=now - timedelta(hours=12), EndTime=now + timedelta(minutes=5),
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
    )  # fmt: skip
    return float(sum(point["Sum"] for point in answer["Datapoints"]))


def test_each_failure_is_healed_by_the_first_delivery_and_no_alarm_is_told(
    stage: Project,
) -> None:
    client = stage.client("lambda")

    def fail(_: int) -> str:
        answer = client.invoke(FunctionName=NAME, Payload=b"{}")
        assert "FunctionError" in answer
        return str(answer["ResponseMetadata"]["RequestId"])

    def records() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = stage.json(
            "errors", "--stage", "local", "--function", FUNCTION, "--limit", str(2 * FAILURES)
        )
        return found

    stage.invoke("local-clock", "--advance", "30m")
    with people(stage, **AS_THE_STACK_MAKES_IT) as url:
        with ThreadPoolExecutor(AT_ONCE) as several:
            request_ids = set(several.map(fail, range(FAILURES)))
        until(lambda: len(records()) >= FAILURES, "a record of each failure")
        heard: list[str] = []
        until(lambda: heard.extend(told(stage, url)) or heard, "a notice of the function's own bug")
        stage.invoke("local-clock", "--advance", "15m")
        # Of the function's own bug, once; of the store, nobody.
        assert heard + told(stage, url) == ["NEW BUG cut-off local: ValueError"]
    found = records()
    assert {record["requestId"] for record in found} == request_ids
    assert len(found) == FAILURES
    assert {(record["errorType"], record["source"]) for record in found} == {
        ("ValueError", "handler")
    }
    assert counted(stage, "tocsin", "ErrorLogFailures", FunctionName=NAME) == FAILURES
    assert counted(stage, "tocsin", "ErrorLogHealed", Stage="local") == FAILURES
    assert counted(stage, "tocsin", "ErrorLogLost", Stage="local") == 0
    # No delivery was made twice, which is what Lambda does with one that failed.
    collector = {"FunctionName": "collector-function-local"}
    assert counted(stage, "AWS/Lambda", "Errors", **collector) == 0
    queues = stage.client("sqs")
    letters = queues.get_queue_url(QueueName="collector-dead-letters-local")["QueueUrl"]
    assert json.dumps(queues.receive_message(QueueUrl=letters).get("Messages", [])) == "[]"
