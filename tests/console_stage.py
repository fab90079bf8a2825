"""A stage for the console to show: records in moto's table, alarms and metrics of the engine's.

The same for the fast tests, those in a browser and the benchmark. Its time stands still.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import boto3
from moto import mock_aws

from errorlog.attributes import item
from tests import bugs_table, error_log_table
from tests.conftest import DEMO
from tocsin import config, names
from tocsin.bugs.bug import MAX_NAME, MAX_TEXT, Bug, Occurrence, happened
from tocsin.web import Console

NOW = datetime(2026, 11, 28, 10, 31, 7, tzinfo=UTC)
REQUEST = "5f3d1c9a-0000-4000-8000-000000000000"
STACK = """Traceback (most recent call last):
  File "/opt/python/errorlog/handler.py", line 118, in wrapped
    return function(event, context)
  File "/var/task/handler.py", line 31, in handler
    reserve(order["items"])
  File "/var/task/stock.py", line 24, in reserve
    left = STOCK[item["sku"]] - item["quantity"]
           ~~~~~^^^^^^^^^^^^^
KeyError: 'sku'
"""


def record(number: int, at: datetime, **changes: Any) -> dict[str, Any]:
    """A record as the error log writes it."""
    return {
        "errorId": f"01M84DMPFT48X4TMWC48{number:06d}",
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "functionName": "orders-function-dev",
        "functionVersion": "$LATEST",
        "requestId": REQUEST,
        "logGroup": "/aws/lambda/orders-function-dev",
        "logStream": "2026/11/28/[$LATEST]5f3d1c9a",
        "errorType": "KeyError",
        "errorMessage": "'sku'",
        "stackTrace": STACK,
        "topFrame": "stock.py:24 in reserve",
        "fingerprint": "v1:0123456789abcdef",
        "event": {"orderId": f"o-{number}", "items": [{"name": "lamp", "quantity": 2}]},
        "context": {"customer": "[redacted]", "basket": 3},
        "durationMs": 12.5,
        "coldStart": number % 7 == 0,
        "memoryMb": 256,
        "release": "r42",
        "stage": "dev",
        "source": "handler",
        "handled": False,
    } | changes


OTHERS = (
    ("TimeoutError", "payment provider did not answer within 3000 ms", "charges.py:58 in charge",
     "payments", 17, "r41"),
    ("ValidationError", "2 validation errors for Order: customer.email is not an address",
     "handler.py:12 in handler", "orders", 5, "r42"),
    ("Runtime.OutOfMemory", "Runtime exited with error: signal: killed", "", "notifications", 2,
     "r40"),
    ("StatusCode502", "the answer was 502: upstream connect error or disconnect/reset before "
     "headers. reset reason: connection termination, transport failure reason: "
     "delayed connect error: 111", "handler.py:40 in handler", "payments", 1, "r42"),
)  # fmt: skip


def records(now: datetime = NOW) -> Iterator[dict[str, Any]]:
    """A morning of five bugs."""
    for number in range(25):
        yield record(number, now - timedelta(minutes=2 + number * 3))
    number = 25
    for order, (kind, message, frame, function, count, release) in enumerate(OTHERS):
        for index in range(count):
            number += 1
            yield record(
                number,
                now - timedelta(hours=index * 3 + order, minutes=9),
                errorType=kind,
                errorMessage=message,
                topFrame=frame,
                functionName=f"{function}-function-dev",
                logGroup=f"/aws/lambda/{function}-function-dev",
                fingerprint=f"v1:{order:016x}",
                release=release,
                **({"source": "platform"} if not frame else {}),
            )


def bugs_of(found: Sequence[dict[str, Any]], now: datetime = NOW) -> tuple[Bug, ...]:
    """What the memory has of these records."""
    by_fingerprint: dict[str, list[Occurrence]] = {}
    for bug in found:
        one = Occurrence(
            bug["fingerprint"], bug["timestamp"], bug["functionName"],
            bug["release"][:MAX_NAME], 1, bug["errorId"], bug["errorType"][:MAX_NAME],
            bug["errorMessage"][:MAX_TEXT], bug["topFrame"][:MAX_TEXT],
        )  # fmt: skip
        by_fingerprint.setdefault(one.fingerprint, []).append(one)
    return tuple(happened(None, occurrences, {}, now) for occurrences in by_fingerprint.values())


class FrozenConsole(Console):
    """One whose clock stands at ``NOW``."""

    def now(self) -> datetime:
        return NOW

    def as_stage_time(self, moment: datetime) -> datetime:
        return NOW


@contextmanager
def console(
    found: Sequence[dict[str, Any]] | None = None,
    stage_name: str = "dev",
    drill: Sequence[str] = (),
    region: str = "us-east-1",
    **clients: Any,
) -> Iterator[FrozenConsole]:
    """A console over a table with the records ``found``; ``clients`` stand in for services.

    ``drill`` is the command that stands in for smoke-test. Two at a time need tables in two
    regions.
    """
    stage = config.load(DEMO, stage_name)
    who = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ada"}
    identity = SimpleNamespace(get_caller_identity=lambda: who)
    with mock_aws(), TemporaryDirectory() as root:
        (Path(root) / "tests").symlink_to(DEMO / "tests")
        dynamodb = boto3.client(
            "dynamodb", region_name=region, aws_access_key_id="none",
            aws_secret_access_key="none",
        )  # fmt: skip
        error_log_table.create(dynamodb, names.table(stage.suffix))
        held = list(records() if found is None else found)
        for held_record in held:
            dynamodb.put_item(TableName=names.table(stage.suffix), Item=item(held_record))
        remembered = names.bugs_table(stage.suffix)
        bugs_table.create(dynamodb, remembered)
        bugs_table.remember(
            dynamodb, remembered, *bugs_of(held), r41="2026-11-27T08:00:00.000Z",
            r42="2026-11-28T08:00:00.000Z",
        )  # fmt: skip
        services = {"dynamodb": dynamodb, "sts": identity, **clients}
        account: Any = SimpleNamespace(
            region="us-east-1", local=None, session=None,
            client=lambda service, **_: services.get(service),
        )  # fmt: skip
        yield FrozenConsole(Path(root), stage, lambda: account, drill_command=drill)
