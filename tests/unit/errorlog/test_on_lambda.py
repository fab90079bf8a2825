"""With Lambda's share of a core, frozen between calls, over TLS: every failure is in the table.

How fast is measured by tests/benchmarks/lambda_share.py.
"""

import json
import sys
import time
import uuid

import pytest

from tests.conftest import ROOT, slow
from tests.unit.errorlog.dynamodb.servers import OK, authority, serving, tls_context
from tocsin.local.runtime import Conditions, ConfiguredFunction, ExecutionEnvironment, cpu_groups
from tocsin.local.runtime.files import FunctionFiles

HANDLER = """
import os, sys
import errorlog

@errorlog.record_errors
def failing(event, context):
    raise RuntimeError("no stock")

def handler(event, context):
    try:
        failing(event, context)
    except RuntimeError:
        tasks = os.listdir("/proc/self/task")
        return {"threads": len(tasks), "sdk": "botocore" in sys.modules}
"""

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="awslambdaric is for Linux"), slow]


class Store:
    def __init__(self) -> None:
        self.taken: list[str] = []
        self.connections = 0

    def serve(self, conversation) -> None:
        self.connections += 1
        while True:
            _, _, body = conversation.request().partition(b"\r\n\r\n")
            self.taken.append(json.loads(body)["Item"]["requestId"]["S"])
            conversation.say(OK)


@pytest.fixture(params=["kernel", "signals"])
def conditions(request, monkeypatch):
    if request.param == "signals":
        monkeypatch.setattr(cpu_groups, "find", lambda: None)
    made = Conditions()
    if request.param == "kernel" and not made.kernel:
        pytest.skip("no control groups may be made here")
    return made


@pytest.mark.parametrize("memory_mb", [128, 256])
def test_every_failure_is_in_the_table_once_and_nothing_is_left_over(
    conditions, memory_mb, tmp_path
) -> None:
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "handler.py").write_text(HANDLER)
    (tmp_path / "opt" / "python").mkdir(parents=True)
    (tmp_path / "opt" / "python" / "errorlog").symlink_to(ROOT / "errorlog")
    (tmp_path / "ca.pem").write_bytes(authority()[0])
    store, requests = Store(), [str(uuid.uuid4()) for _ in range(3)]
    with serving(store.serve, tls_context(tmp_path)) as server:
        function = ConfiguredFunction(
            name="f", arn="arn:aws:lambda:eu-west-1:000000000000:function:f", version="$LATEST",
            handler="handler.handler", runtime="python3.11", memory_mb=memory_mb, timeout=60.0,
            region="eu-west-1", log_group="/aws/lambda/f", endpoint=server.url,
            task_root=tmp_path / "task", opt=tmp_path / "opt", scratch=tmp_path / "tmp",
            runtime_dir=FunctionFiles(tmp_path / "files").runtime(),
            environment={
                "ERROR_LOG_TABLE": "errors", "AWS_CA_BUNDLE": str(tmp_path / "ca.pem"),
                # That a write is not slow is not what is looked at, and this machine may be.
                "ERROR_LOG_TIMEOUT_MS": "20000",
            },
            credentials={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"},
        )  # fmt: skip
        environment = ExecutionEnvironment(function, conditions)
        try:
            done = []
            for request in requests:
                done.append(environment.invoke(b"{}", request))
                while not environment.frozen:  # which follows on the answer
                    time.sleep(0.002)
        finally:
            environment.kill()
    assert store.taken == requests
    assert not any("error_log_fallback" in event.message for answer in done for event in answer.log)
    answers = [json.loads(answer.payload) for answer in done]
    assert len({answer["threads"] for answer in answers}) == 1
    assert not any(answer["sdk"] for answer in answers)
    assert store.connections == len(requests)  # what is frozen has its connections closed
