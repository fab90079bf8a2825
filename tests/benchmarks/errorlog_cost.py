"""What the error log costs: cold import, success path, first failure, error path, hanging store.

    python -m tests.benchmarks.errorlog_cost            the whole table, about a minute
    python -m tests.benchmarks.errorlog_cost --quick    a fifth of the rounds

Every figure is set against a yardstick of the same run, measured in turns with it, so that a
busy machine slows both. Cold imports are the CPU time of whole processes, calls the wall time of
each, medians of many; a hanging store is one new process for each figure.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.benchmarks.errorlog_store import store, tls_store

ROOT = Path(__file__).resolve().parents[2]
_BATCH = range(50)
LATENCY_S = 0.004  # of a PutItem, as DynamoDB answers within a region
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_EC2_METADATA_DISABLED": "true",
    "ERROR_LOG_TABLE": "errors",
    "ERROR_LOG_BURST": "100000",
    "LAMBDA_TASK_ROOT": str(ROOT),
    "POWERTOOLS_SERVICE_NAME": "benchmark",
    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
}
POWERTOOLS = "from aws_lambda_powertools import Logger; logger = Logger()"
SENTRY = (
    "import sentry_sdk; from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration; "
    "sentry_sdk.init(dsn='http://key@127.0.0.1:9/1', integrations=[AwsLambdaIntegration()])"
)


class Context:
    function_name = "orders-function-dev"
    function_version = "$LATEST"
    aws_request_id = "3f2b1c9e-0000-4000-8000-000000000001"
    memory_limit_in_mb = "256"
    log_group_name = "/aws/lambda/orders-function-dev"
    log_stream_name = "stream"

    def get_remaining_time_in_millis(self) -> int:
        return 6_000  # of the default function


EVENT: dict[str, Any] = {
    "headers": {"Authorization": "Bearer 0123456789abcdef", "accept": "*/*", "host": "example.com"},
    "path": "/orders",
    "body": '{"orderId": "o-1", "lines": [{"sku": "lamp", "quantity": 1}]}',
}


def numbered(number: int) -> dict[str, object]:
    """An event as no other: who calls, what for and with what differ, as in a function's life."""
    return {
        "headers": {**EVENT["headers"], "Authorization": f"Bearer {number:08x}9abcdef0"},
        "path": f"/orders/{number}",
        "body": EVENT["body"].replace("o-1", f"o-{number}"),
    }


def fails(event: dict[str, Any], context: object) -> None:
    raise ValueError(f"no stock for {event['path']}")


def succeeds(event: object, context: object) -> int:
    return 1


def cold_imports(rounds: int) -> Iterable[tuple[str, str, str]]:
    programs = {
        "python": "pass",
        "errorlog": "import errorlog",
        "powertools": POWERTOOLS,
        "powertools + errorlog": f"{POWERTOOLS}; import errorlog",
    }
    if _installed("sentry_sdk"):
        programs["sentry"] = SENTRY
    ms: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            before = _cpu_of_children_s()
            subprocess.run([sys.executable, "-c", program], env=_environment(), check=True)
            ms[name].append((_cpu_of_children_s() - before) * 1000)

    def over(one: str, other: str) -> float:
        # Of pairs from the same round, since rounds differ more than programs do.
        return statistics.median(a - b for a, b in zip(ms[one], ms[other], strict=True))

    ours = over("errorlog", "python")
    theirs = over("powertools", "python")
    yield "cold import, over bare Python", f"{ours:.1f} ms", "-"
    yield "Powertools Logger, over bare Python", f"{theirs:.1f} ms", f"{theirs / ours:.0f}x ours"
    added = over("powertools + errorlog", "powertools")
    yield "cold import, over Powertools Logger", f"{added:.1f} ms", "goal: at most 5 ms"
    if "sentry" in ms:
        sentry = over("sentry", "python")
        yield (
            "sentry_sdk with AwsLambdaIntegration",
            f"{sentry:.1f} ms",
            f"ours is {ours / sentry:.2f} of it",
        )
    else:
        yield "sentry_sdk with AwsLambdaIntegration", "skipped", "not installed"


def success_path(rounds: int) -> Iterable[tuple[str, str, str]]:
    import errorlog

    wrapped, context = errorlog.record_errors(succeeds), Context()

    def batch(handler: Callable[[object, object], object]) -> Callable[[], object]:
        def calls() -> None:
            for _ in _BATCH:
                handler(EVENT, context)

        return calls

    # At the machine's quicker speed: beside a busy neighbour on the same core both take twice as
    # long, for seconds, and a median of all would say how often there was one.
    bare_s, wrapped_s = _in_turns(
        rounds * 40,
        batch(succeeds),
        batch(wrapped),
        of=lambda times: sorted(times)[len(times) // 8],
    )
    difference = (wrapped_s - bare_s) / len(_BATCH) * 1e6
    ratio = wrapped_s / bare_s
    yield (
        "success path, over the bare handler",
        f"{difference:.2f} us",
        f"{ratio:.0f}x an empty call, goal: at most 1.5 us",
    )


# Each brings its own handler: importing this module would load half of what is measured.
FIRST = {
    "errorlog": """
import errorlog

@errorlog.record_errors
def handler(event, context):
    raise ValueError("no stock for o-1")

began = time.process_time()
try:
    handler({"orderId": "o-1"}, None)
except ValueError:
    pass
""",
    "botocore": """
began = time.process_time()
from botocore.session import Session
Session().create_client("dynamodb").put_item(TableName="errors", Item={"errorId": {"S": "1"}})
""",
    "sentry": """
import sentry_sdk
sentry_sdk.init(dsn=os.environ["AWS_ENDPOINT_URL"].replace("//", "//key@") + "/1")
began = time.process_time()
try:
    raise ValueError("no stock for o-1")
except ValueError as error:
    sentry_sdk.capture_exception(error)
sentry_sdk.flush(2)
""",
}


def first_failure(rounds: int) -> Iterable[tuple[str, str, str]]:
    programs = {k: v for k, v in FIRST.items() if k != "sentry" or _installed("sentry_sdk")}
    ms: dict[str, list[float]] = {name: [] for name in programs}
    with store() as endpoint:
        for _ in range(rounds):
            for name, program in programs.items():
                done = subprocess.run(
                    [
                        sys.executable, "-c",
                        f"import json, logging, os, time, traceback\n{program}\n"
                        "print('CPU', (time.process_time() - began) * 1000)",
                    ],
                    env={**_environment(), "AWS_ENDPOINT_URL": endpoint},
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                ms[name].append(float(done.stdout.rpartition("CPU ")[2]))
    middle = {name: statistics.median(times_ms) for name, times_ms in ms.items()}
    yield (
        "first failure of a process, CPU",
        f"{middle['errorlog']:.0f} ms",
        f"{middle['errorlog'] / middle['botocore']:.2f}x botocore's first PutItem",
    )
    if "sentry" in middle:
        ratio = f"ours is {middle['errorlog'] / middle['sentry']:.2f} of it"
        yield "sentry_sdk, first exception, CPU", f"{middle['sentry']:.0f} ms", ratio


def error_path(rounds: int, latency_s: float) -> Iterable[tuple[str, str, str]]:
    import boto3

    import errorlog
    import errorlog.recorder
    from errorlog.attributes import item, item_json
    from errorlog.dynamodb.client import Client
    from errorlog.dynamodb.deadline import Deadline
    from errorlog.invocation import Invocation
    from errorlog.record import build
    from errorlog.settings import from_environment

    errorlog.recorder._default = None
    wrapped, context = errorlog.record_errors(fails), Context()
    # Both write the same item, over a connection that is kept, to one endpoint over TLS.
    with tls_store(latency_s) as (endpoint, bundle):
        os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_CA_BUNDLE"] = endpoint, bundle
        theirs, ours = boto3.client("dynamodb"), Client()
        try:
            fails(EVENT, context)
        except ValueError as error:
            made = build(error, Invocation(EVENT, context), from_environment())
            values, text = item(made), item_json(made)

        numbers = itertools.count()

        def record() -> None:
            try:
                wrapped(numbered(next(numbers)), context)
            except ValueError:
                return

        clock = time.perf_counter if latency_s else time.thread_time
        sdk_s, write_s, recorded_s = _in_turns(
            rounds * 10,
            lambda: theirs.put_item(TableName="errors", Item=values),
            lambda: ours.put_item("errors", text, Deadline(5, 5)),
            record,
            clock=clock,
        )
        del os.environ["AWS_CA_BUNDLE"]
    what = f"store of {latency_s * 1e3:.0f} ms" if latency_s else "CPU"
    for name, seconds in (("write of a record", write_s), ("whole error path", recorded_s)):
        yield (
            f"{name}, {what}, over boto3's put_item",
            f"{seconds * 1e3:.2f} against {sdk_s * 1e3:.2f} ms",
            f"{seconds / sdk_s:.2f}x" + ("" if latency_s else ", goal: at most 0.33x"),
        )


HANG = """
import time, errorlog
from tests.benchmarks.errorlog_cost import Context, EVENT, fails
handler = errorlog.record_errors(fails)
for _ in range(2):
    began = time.perf_counter()
    try:
        handler(EVENT, Context())
    except ValueError:
        print("delay", (time.perf_counter() - began) * 1000)
"""


def hanging_store(rounds: int) -> Iterable[tuple[str, str, str]]:
    first, second = [], []
    with store(hangs=True) as endpoint:
        for _ in range(rounds):
            done = subprocess.run(
                [sys.executable, "-c", HANG],
                env={**_environment(), "AWS_ENDPOINT_URL": endpoint},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            delays = [
                float(line.split()[1])
                for line in done.stdout.splitlines()
                if line.startswith("delay")
            ]
            first.append(delays[0])
            second.append(delays[1])
    yield (
        "store hangs, first failure",
        f"{statistics.median(first):.0f} ms",
        (f"worst of {rounds}: {max(first):.0f} ms, goal: at most 600 ms"),
    )
    yield (
        "store hangs, during the cool-down",
        f"{statistics.median(second):.1f} ms",
        (f"worst of {rounds}: {max(second):.1f} ms"),
    )


def _in_turns(
    rounds: int,
    *calls: Callable[[], object],
    clock: Callable[[], float] = time.perf_counter,
    of: Callable[[list[float]], float] = statistics.median,
) -> list[float]:
    """Seconds of each call, the median as a rule; the calls take turns."""
    times: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(rounds):
        for call, taken in zip(calls, times, strict=True):
            began = clock()
            call()
            taken.append(clock() - began)
    return [of(taken) for taken in times]


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | ENVIRONMENT


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="a fifth of the rounds")
    rounds = 5 if options.parse_args().quick else 25
    os.environ.update(ENVIRONMENT)
    print(f"{'what':<52} {'measured':<24} {'against'}")  # noqa: T201
    for part in (
        cold_imports(rounds),
        success_path(rounds),
        first_failure(rounds),
        error_path(rounds, LATENCY_S),
        error_path(rounds, 0),
        hanging_store(max(3, rounds // 2)),
    ):
        for row in part:
            print(f"{row[0]:<52} {row[1]:<24} {row[2]}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
