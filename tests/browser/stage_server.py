"""The console over a stage made for a picture: ``python -m tests.browser.stage_server SCENE``.

Prints the address that lets a browser in, then serves until it is ended.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests import hostile_records
from tests.conftest import DEMO, ROOT
from tests.console_alarms import CloudWatch
from tests.console_stage import NOW, console, records
from tocsin import config, web
from tocsin.aws.account import NotDeployed
from tocsin.backtest import past_metrics
from tocsin.web import Console

SCENES = ("morning", "protected", "hostile", "empty", "expired", "denied", "throttled", "missing",
          "local")  # fmt: skip
TROUBLES = {
    "expired": ClientError(
        {"Error": {"Code": "ExpiredTokenException", "Message": "The security token is expired"}},
        "Query",
    ),
    "denied": ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "User: arn:aws:iam::123456789012:"
                   "user/ada is not authorized to perform: dynamodb:Query on resource: x"}},
        "Query",
    ),
    "throttled": ClientError(
        {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "DescribeAlarms"
    ),
    "missing": NotDeployed("there is no table error-log-table-dev in us-east-1"),
}  # fmt: skip


def hostile() -> Iterator[dict[str, Any]]:
    """A bug for each hostile text, in every field that has no form of its own."""
    for number, text in enumerate(hostile_records.TEXTS.values()):
        encoded = text.encode("utf-8", "replace").decode()
        yield hostile_records.record(encoded) | {
            "errorId": f"01HOSTILE{number:03d}",
            "fingerprint": f"v1:{number:016x}",
            "timestamp": f"2026-11-28T09:{number % 60:02d}:00.000Z",
        }


@contextmanager
def scene(name: str) -> Iterator[Console]:
    """A console as ``name`` wants it."""
    stage_name = {"protected": "prod", "local": "local"}.get(name, "dev")
    found = {"hostile": list(hostile()), "empty": []}.get(name)
    drill = [sys.executable, str(ROOT / "tests" / "console_drill.py")]
    if name == "morning":
        drill.append("--wait")
    alarms = CloudWatch(config.load(DEMO, stage_name))
    if name == "morning":
        mute(alarms)
    if name == "hostile":
        texts = list(hostile_records.TEXTS.values())
        for number, alarm_name in enumerate(alarms.alarms):
            alarms.mute(f"rule {texts[number]}", [alarm_name], texts[-number], Expression="x",
                        Duration=texts[number])  # fmt: skip
        for alarm, text in zip(
            alarms.alarms.values(), hostile_records.TEXTS.values(), strict=False
        ):
            alarm["StateReason"] = text
    if found is None:
        suffix = config.load(DEMO, stage_name).suffix
        found = [
            record | {"functionName": record["functionName"].replace("-dev", f"-{suffix}")}
            for record in records(NOW)
        ]
    past_metrics._now = lambda *_: NOW.timestamp()
    with console(found, stage_name, drill, cloudwatch=alarms) as made:
        if name in TROUBLES:
            fail(made, TROUBLES[name])
        if name == "local":
            account: Any = made.account
            account.local = SimpleNamespace()
        yield made


def mute(alarms: CloudWatch) -> None:
    """Somebody moves a database, a window of the night is open, one alarm's actions are off."""
    payments = [name for name in alarms.alarms if name.startswith("payments-")]
    alarms.mute("hand-mute-5f3d1c9a-dev", payments, "we move the database",
                Expression="at(2026-11-28T10:05)", Duration="PT2H")  # fmt: skip
    alarms.mute("mute-nightly_dev", ["notifications-latency-alarm-dev"], "",
                Expression="cron(0 22 * * *)", Duration="PT14H")  # fmt: skip
    alarms.alarms["notifications-throttles-alarm-dev"]["ActionsEnabled"] = False


def fail(made: Console, error: Exception) -> None:
    """Every read of ``made`` ends in ``error``."""

    def refused() -> Any:
        raise error

    made.bugs._read = refused
    made.alarms._read = refused
    made.mutes._read = refused


def main(name: str) -> None:
    with scene(name) as made:
        host = os.environ.get("CONSOLE_HOST", "")
        web.serve(made, host, 0, "/bugs", lambda address: print(address, flush=True))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
