"""Four functions as other teams write them, without a line about the drill: its table is true.

Their handlers know no event of the drill's, and raise a KeyError over one that reached them.
"""

import io
import json
import re
import zipfile
from typing import Any

import pytest

from tests.conftest import copy_project
from tests.e2e.conftest import Project, free_port
from tests.e2e.drill_evidence import SHOWN
from tocsin.drill.platform_failures import TIME_FIRST

HANDLERS = {
    "catalogue": """
import errorlog

PRICES = {"lamp": 1990}

@errorlog.record_errors
def handler(event, context):
    sku = event["pathParameters"]["sku"]
    if sku not in PRICES:
        return {"statusCode": 404, "body": "no such article"}
    return {"statusCode": 200, "body": str(PRICES[sku])}
""",
    "shipments": """
import json
import errorlog

@errorlog.record_item_errors
def ship(record):
    return json.loads(record["body"])["address"]

@errorlog.record_errors
def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            ship(record)
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
""",
    "nightly": """
import datetime
import errorlog

@errorlog.record_errors
def handler(event, context):
    return datetime.date.fromisoformat(event["time"][:10]).isoformat()
""",
    "thumbnails": """
import errorlog

@errorlog.record_errors
def handler(event, context):
    made = []
    for record in event["Records"]:
        made.append(record["s3"]["object"]["key"] + ".thumb")
    return made
""",
}
EVENTS = {
    "catalogue": [{"httpApi": "GET /articles/{sku}"}],
    "nightly": [{"schedule": "rate(1 day)"}],
    "shipments": [
        {
            "sqs": {
                "arn": {"Fn::GetAtt": ["Shipments", "Arn"]},
                "functionResponseType": "ReportBatchItemFailures",
            }
        }
    ],
    "thumbnails": [{"s3": {"bucket": "shop-uploads-local", "event": "s3:ObjectCreated:*"}}],
}
PERMISSIONS = {
    "shipments": [
        {
            "actions": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            "resources": ["arn:aws:sqs:us-east-1:000000000000:shipments-local"],
        }
    ],
}
QUEUE = """
Resources:
  Shipments:
    Type: AWS::SQS::Queue
    Properties: {QueueName: shipments-local, VisibilityTimeout: 60, SqsManagedSseEnabled: true}
"""
MONITORING = """
service: shop
region: us-east-1
stages:
  local:
    environment: {ERROR_LOG_TIMEOUT_MS: 2000}
functions:
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    root = copy_project(tmp_path_factory.mktemp("foreign") / "a project")
    text = MONITORING
    for key, code in HANDLERS.items():
        folder = root / "functions" / key
        folder.mkdir()
        (folder / "handler.py").write_text(code)
        text += f"  {key}:\n    timeout: 6\n    events: {json.dumps(EVENTS[key])}\n"
        text += f"    permissions: {json.dumps(PERMISSIONS.get(key, []))}\n"
    (root / "resources" / "shipments.yml").write_text(QUEUE)
    (root / "monitoring.yml").write_text(text)
    for scenario in (root / "tests" / "alarms").glob("*.yml"):
        scenario.unlink()  # about the demo's functions
    project = Project(root, free_port())
    try:
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        yield project
    finally:
        project.invoke("local-stop", expect=None)


@pytest.fixture(scope="module")
def table(foreign: Project) -> list[dict[str, Any]]:
    done = foreign.invoke("smoke-test", "--stage", "local", "--json")
    return [json.loads(line) for line in done.stdout.splitlines()]


def logged(project: Project, key: str) -> str:
    """Everything in the log of a function."""
    pages = project.client("logs").get_paginator("filter_log_events")
    group = f"/aws/lambda/{key}-function-local"
    return "\n".join(
        event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]
    )


def time_first(table: list[dict[str, Any]], key: str) -> bool:
    """Whether the machine was so busy that the call to fill the function's memory timed out."""
    return any(
        (check["function"], check["kind"], check["detail"]) == (key, "memory", TIME_FIRST)
        for check in table
    )


# What the log of the function says where such a failure was, and what it is recorded as.
SAID = {
    "timeout": ("Task timed out after 6.00 seconds", "Sandbox.Timedout"),
    "memory": ("Runtime.OutOfMemory", "Runtime.OutOfMemory"),
    "exit": ("Runtime exited with error: exit status 1", "Runtime.ExitError"),
    "exception": ("[ERROR] DrillFailure: the drill asked for an exception", "DrillFailure"),
}


@pytest.mark.parametrize("key", HANDLERS)
def test_every_failure_is_shown_of_every_function(table, key) -> None:
    for kind, links in SHOWN.items():
        if kind == "memory" and time_first(table, key):
            continue
        results = {
            check["link"]: check["result"]
            for check in table
            if (check["function"], check["kind"]) == (key, kind)
        }
        assert {link for link, result in results.items() if result == "passed"} == links, kind
        assert "failed" not in results.values()


@pytest.mark.parametrize("key", HANDLERS)
def test_every_cell_agrees_with_the_log_and_the_error_log(foreign, table, key) -> None:
    log = logged(foreign, key)
    records = foreign.json("errors", "--stage", "local", "--function", key, "--limit", "100")
    types = {record["errorType"] for record in records}
    slow = {"memory"} if time_first(table, key) else set()
    expected = [said for kind, said in SAID.items() if kind not in slow]
    for text, _ in expected:
        assert text in log
    # No handler got an event that it does not know.
    assert types == {error_type for _, error_type in expected}
    assert "KeyError" not in log


def test_a_function_that_does_not_answer_shows_nothing_and_passes_nothing(foreign) -> None:
    """As one whose layer is older than the drill, or whose handler is not decorated."""
    client, name = foreign.client("lambda"), "catalogue-function-local"
    foreign.replace("functions/catalogue/handler.py", "@errorlog.record_errors\n", "")
    code = (foreign.root / "functions/catalogue/handler.py").read_text()
    update(client, name, code)
    done = foreign.invoke(
        *("smoke-test", "--stage", "local", "-f", "catalogue", "--json"), expect=1
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    of_it = [check for check in found if check["function"] == "catalogue"]
    (answered,) = [check for check in of_it if check["kind"] == "success"]
    assert answered["result"] == "failed"
    assert "the handler got an event that errorlog answers and not errorlog" in answered["detail"]
    for kind in ("timeout", "memory", "exit", "exception", "latency"):
        results = {check["result"] for check in of_it if check["kind"] == kind}
        assert results == {"not shown"}, kind


def update(client, name: str, code: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("handler.py", code)
    client.update_function_code(FunctionName=name, ZipFile=packed.getvalue())


def test_rows_are_printed_as_a_table_too(foreign) -> None:
    done = foreign.invoke("smoke-test", "--stage", "local", "-f", "nightly", "--only", "exit")
    lines = done.stdout.splitlines()
    assert re.match(r"function\s+check\s+links seen\s+not shown\s+result\s+seconds$", lines[0])
    assert re.match(r"nightly\s+exit\s+raised, recorded\s+-\s+passed\s+[\d.]+$", lines[1])
    assert lines[-1] == "2 passed, 0 failed"
