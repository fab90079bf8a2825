"""Python functions on the stage: AWS's shapes, AWS's counting, and only their role's rights."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from tests.waiting import until
from tocsin.local import LocalStage, read

Deploy = Callable[..., Any]
Aws = Callable[..., Any]

MODES = """
import logging, os, sys, time

class PaymentDeclined(Exception):
    pass

logging.getLogger().setLevel("INFO")

def handler(event, context):
    print("printed", event.get("mode"))
    logging.info("logged")
    match event.get("mode"):
        case "raise":
            raise PaymentDeclined("no funds")
        case "exit":
            os._exit(3)
        case "slow":
            time.sleep(60)
        case "grow":
            hoard = []
            while True:
                hoard.append(bytearray(1 << 20))
        case "hold":
            open(event["began"], "w").close()
            while not os.path.exists(event["release"]):
                time.sleep(0.01)
    return {
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "stream": context.log_stream_name,
    }
"""


def sums(aws: Aws, stage: LocalStage, function: str) -> dict[str, tuple[float, float]]:
    """(samples, sum) of the function's metrics in the last hour of the stage."""
    now = read(stage).now.timestamp()
    found = {}
    for metric in ("Invocations", "Errors", "Throttles"):
        points = aws("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=now - 3600,
            EndTime=now + 60,
            Period=7200,
            Statistics=["SampleCount", "Sum"],
        )["Datapoints"]
        found[metric] = (points[0]["SampleCount"], points[0]["Sum"]) if points else (0, 0)
    return found


def test_a_function_gets_awss_context(deploy: Deploy) -> None:
    function = deploy(MODES, timeout=7)
    error, result = function.invoke()
    assert error is None
    assert result["arn"].endswith(f":function:{function.name}")
    assert result["memory"] == "128"
    assert 0 < result["remaining"] <= 7000
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", result["stream"])


def test_an_exception_keeps_its_type_and_trace(deploy: Deploy) -> None:
    function = deploy(MODES)
    error, payload = function.invoke({"mode": "raise"})
    assert error == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("PaymentDeclined", "no funds")
    assert re.fullmatch(r"[0-9a-f-]{36}", payload["requestId"])
    assert 'raise PaymentDeclined("no funds")' in payload["stackTrace"][-1]
    start, printed, logged, trace, end, report = function.log()
    assert start == f"START RequestId: {payload['requestId']} Version: $LATEST"
    assert printed == "printed raise"
    assert logged.startswith("[INFO]\t")
    assert payload["requestId"] in logged
    assert trace.startswith("[ERROR] PaymentDeclined: no funds\nTraceback")
    assert end == f"END RequestId: {payload['requestId']}"
    assert re.fullmatch(
        r"REPORT RequestId: [0-9a-f-]{36}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: [\d.]+ ms",
        report,
    )


def test_an_exit_and_a_timeout_read_as_on_aws(deploy: Deploy) -> None:
    function = deploy(MODES, timeout=1)
    error, payload = function.invoke({"mode": "exit"})
    assert error == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(
        r"RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3",
        payload["errorMessage"],
    )
    error, payload = function.invoke({"mode": "slow"})
    assert error == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    log = "\n".join(function.log())
    assert "Error: Runtime exited with error: exit status 3\nRuntime.ExitError" in log
    assert re.search(r"^\S+Z [0-9a-f-]{36} Task timed out after 1\.00 seconds$", log, re.M)
    assert log.count("Status: timeout") == 1
    assert function.invoke()[0] is None, "a new environment serves the next invocation"


def test_an_answer_that_is_too_large_is_refused_as_on_aws(deploy: Deploy) -> None:
    function = deploy("def handler(event, context):\n    return 'x' * event['size']\n", timeout=20)
    assert function.invoke({"size": 6_291_554})[0] is None  # two more for the quotes
    error, payload = function.invoke({"size": 6_291_555})
    assert error == "Unhandled"
    assert payload == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
    }
    log = function.log()
    assert log[-1].endswith("Status: error\tError Type: Function.ResponseSizeTooLarge")
    assert any("Runtime exited with error: exit status 1" in line for line in log)
    assert function.invoke({"size": 1})[0] is None, "a new environment serves the next invocation"


def test_an_error_with_a_long_message_arrives(deploy: Deploy) -> None:
    """The runtime sends it a second time, in a header."""
    function = deploy("def handler(event, context):\n    raise ValueError('x' * 200_000)\n")
    error, payload = function.invoke()
    assert (error, payload["errorType"]) == ("Unhandled", "ValueError")
    assert payload["errorMessage"] == "x" * 200_000


def test_a_function_that_outgrows_its_memory_is_killed_as_on_aws(deploy: Deploy) -> None:
    function = deploy(MODES, timeout=20)
    error, payload = function.invoke({"mode": "grow"})
    assert error == "Unhandled"
    assert payload["errorType"] == "Runtime.OutOfMemory"
    assert payload["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    (report,) = [line for line in function.log() if line.startswith("REPORT")]
    assert "Memory Size: 128 MB\tMax Memory Used: 128 MB" in report
    assert report.endswith("Status: error\tError Type: Runtime.OutOfMemory")
    assert function.invoke()[0] is None, "a new environment serves the next invocation"


def test_a_report_tells_the_memory_used_also_after_an_exit(deploy: Deploy) -> None:
    function = deploy(MODES, timeout=5)
    function.invoke()
    function.invoke({"mode": "exit"})
    used = [
        int(re.search(r"Max Memory Used: (\d+) MB", line)[1])
        for line in function.log()
        if line.startswith("REPORT")
    ]
    assert len(used) == 2
    assert all(10 <= mebibytes < 128 for mebibytes in used)


@pytest.mark.parametrize(
    ("handler", "code", "kind"),
    [
        ("app.handler", "import missing_package", "Runtime.ImportModuleError"),
        ("app.nobody", "", "Runtime.HandlerNotFound"),
        ("app.handler", "def handler(:", "Runtime.UserCodeSyntaxError"),
        ("app.handler", "raise KeyError('at import')", "KeyError"),
    ],
)
def test_a_function_that_cannot_start_says_why(
    deploy: Deploy, handler: str, code: str, kind: str
) -> None:
    function = deploy(code, handler=handler)
    error, payload = function.invoke()
    assert (error, payload["errorType"]) == ("Unhandled", kind)
    assert any(line.startswith(f"[ERROR] {kind}") for line in function.log())


def test_calls_are_counted_as_aws_counts_them(
    deploy: Deploy, aws: Aws, stage: LocalStage, tmp_path: Path
) -> None:
    function = deploy(MODES, timeout=20)
    aws("lambda").put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=1
    )
    function.invoke()
    function.invoke({"mode": "raise"})
    began, release = tmp_path / "began", tmp_path / "release"
    event = {"mode": "hold", "began": str(began), "release": str(release)}
    once = aws("lambda", Config(retries={"total_max_attempts": 1}))
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(function.invoke, event)
        try:
            while not (began.exists() or held.done()):
                time.sleep(0.01)
            with pytest.raises(once.exceptions.TooManyRequestsException):
                once.invoke(FunctionName=function.name, Payload="{}")
        finally:
            release.touch()
        assert held.result()[0] is None
    counted = sums(aws, stage, function.name)
    assert counted["Invocations"] == (3, 3)
    assert counted["Errors"] == (3, 1)
    assert counted["Throttles"] == (4, 1)


def test_duration_is_the_handlers_without_its_imports(
    deploy: Deploy, aws: Aws, stage: LocalStage
) -> None:
    slow_import = "import time\ntime.sleep(1)\ndef handler(event, context):\n    return 1\n"
    function = deploy(slow_import)
    assert function.invoke() == (None, 1)
    (report,) = [line for line in function.log() if line.startswith("REPORT")]
    init = re.search(r"Init Duration: ([\d.]+) ms", report)
    assert init is not None
    assert float(init[1]) > 1000
    now = read(stage).now.timestamp()
    (point,) = aws("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=[{"Name": "FunctionName", "Value": function.name}],
        StartTime=now - 3600,
        EndTime=now + 60,
        Period=7200,
        Statistics=["Maximum"],
        Unit="Milliseconds",
    )["Datapoints"]
    assert 0 < point["Maximum"] < 1000


def test_asynchronous_errors_and_retries_are_counted(
    deploy: Deploy, aws: Aws, stage: LocalStage
) -> None:
    function = deploy(MODES)
    aws("lambda").put_function_event_invoke_config(
        FunctionName=function.name, MaximumRetryAttempts=0
    )
    aws("lambda").invoke(
        FunctionName=function.name, InvocationType="Event", Payload=json.dumps({"mode": "raise"})
    )
    until(
        lambda: sums(aws, stage, function.name)["Invocations"] != (0, 0), "the invocation's count"
    )
    assert sums(aws, stage, function.name) == {
        "Invocations": (1, 1),
        "Errors": (1, 1),
        "Throttles": (1, 0),
    }


DYNAMODB = """
import boto3
table = boto3.resource("dynamodb").Table("errors")

def handler(event, context):
    match event["do"]:
        case "put":
            table.put_item(Item={"id": context.aws_request_id})
        case "scan":
            table.scan()
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


def test_a_function_holds_its_roles_rights_and_no_more(deploy: Deploy, table: str) -> None:
    function = deploy(DYNAMODB, allow=[("dynamodb:PutItem", table)])
    error, caller = function.invoke({"do": "put"})
    assert error is None
    assert f":assumed-role/{function.name}/" in caller
    error, payload = function.invoke({"do": "scan"})
    assert error == "Unhandled"
    assert "AccessDeniedException" in payload["errorMessage"]
    assert "dynamodb:Scan" in payload["errorMessage"]


def test_a_role_without_put_item_is_refused(deploy: Deploy, table: str) -> None:
    function = deploy(DYNAMODB, allow=[("dynamodb:GetItem", table)])
    error, payload = function.invoke({"do": "put"})
    assert error == "Unhandled"
    assert "AccessDeniedException" in payload["errorMessage"]
    assert "dynamodb:PutItem" in payload["errorMessage"]


ENVIRONMENT = """
import os, sys

def handler(event, context):
    return {"variables": dict(os.environ), "path": sys.path}
"""


def test_nothing_of_the_developers_environment_reaches_a_function(
    deploy: Deploy, stage: LocalStage
) -> None:
    function = deploy(ENVIRONMENT, variables={"TABLE": "errors"})
    _, found = function.invoke()
    variables = found["variables"]
    assert "developers" not in json.dumps(found)
    assert "DEVELOPERS" not in json.dumps(found)
    assert "HOME" not in variables
    assert variables["TABLE"] == "errors"
    assert variables["AWS_ENDPOINT_URL"] == stage.endpoint
    assert variables["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not Path(variables["AWS_SHARED_CREDENTIALS_FILE"]).exists()


def test_a_layer_is_importable_and_what_was_not_shipped_is_not(deploy: Deploy, layer: str) -> None:
    code = "import {}\ndef handler(event, context):\n    return getattr({}, 'ANSWER', 'found')\n"
    assert deploy(code.format("shared", "shared"), layers=[layer]).invoke() == (None, 42)
    assert deploy(code.format("boto3", "boto3")).invoke() == (None, "found")
    error, payload = deploy(code.format("shared", "shared")).invoke()
    assert (error, payload["errorType"]) == ("Unhandled", "Runtime.ImportModuleError")
    # In this tool's own environment, but not in AWS's runtime nor in the package.
    error, payload = deploy(code.format("pydantic", "pydantic")).invoke()
    assert (error, payload["errorType"]) == ("Unhandled", "Runtime.ImportModuleError")


def test_new_code_replaces_the_old_at_once(deploy: Deploy, aws: Aws) -> None:
    answer = "def handler(event, context):\n    return {}\n"
    function = deploy(answer.format(1))
    assert function.invoke() == (None, 1)
    aws("lambda").update_function_code(
        FunctionName=function.name, ZipFile=archive(answer.format(2))
    )
    assert function.invoke() == (None, 2)


def archive(code: str) -> bytes:
    """A deployment package of one module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("app.py", code)
    return buffer.getvalue()


def test_embedded_metrics_in_a_log_become_metrics(deploy: Deploy, aws: Aws) -> None:
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Trial",
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": "Orders", "Unit": "Count"}],
                }
            ],
        },
        "service": "shop",
        "Orders": 1,
    }
    code = f"def handler(event, context):\n    print({json.dumps(json.dumps(line))})\n"
    assert deploy(code).invoke() == (None, None)
    (metric,) = aws("cloudwatch").list_metrics(Namespace="Trial")["Metrics"]
    assert metric["Dimensions"] == [{"Name": "service", "Value": "shop"}]


@pytest.mark.parametrize("actions", [[], ["logs:CreateLogGroup", "logs:CreateLogStream"]])
def test_a_role_that_may_not_write_logs_leaves_none(deploy: Deploy, actions: list[str]) -> None:
    function = deploy(MODES, logs=False, allow=[(action, "*") for action in actions])
    assert function.invoke()[0] is None
    groups = function.aws("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/lambda/{function.name}"
    )["logGroups"]
    assert groups == [] or function.log() == []


def test_a_log_goes_to_a_group_that_is_there_with_rights_on_that_group_only(
    deploy: Deploy, aws: Aws
) -> None:
    group = "/shop/functions"
    created = aws("logs").create_log_group(logGroupName=group)
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 200
    mine = f"arn:aws:logs:eu-west-1:000000000000:log-group:{group}:*"
    allow = [("logs:CreateLogStream", mine), ("logs:PutLogEvents", mine)]
    function = deploy(MODES, logs=False, allow=allow)
    aws("lambda").update_function_configuration(
        FunctionName=function.name, LoggingConfig={"LogGroup": group}
    )
    assert function.invoke()[0] is None
    events = aws("logs").filter_log_events(logGroupName=group)["events"]
    assert next(event["message"].split()[0] for event in events) == "START"


def test_no_log_is_lost_when_many_calls_end_at_once(deploy: Deploy) -> None:
    """An environment is used again while the log of the call before is being written."""
    code = "def handler(event, context):\n    print('call', event['call'])\n"
    functions = [deploy(code) for _ in range(4)]
    calls = [(function, number) for number in range(20) for function in functions]
    with ThreadPoolExecutor(8) as several:
        list(several.map(lambda call: call[0].invoke({"call": call[1]}), calls))
    for function in functions:
        said = [line for line in function.log() if line.startswith("call ")]
        assert sorted(said) == sorted(f"call {number}" for number in range(20))
