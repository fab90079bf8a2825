"""Do failures reach the table, and how fast, with what Lambda gives a function?

    python -m tests.benchmarks.lambda_share                 128, 256 and 512 MB, some minutes
    python -m tests.benchmarks.lambda_share --failures 10   fewer

The function runs as on the local stage: its memory's share of a core, stopped between calls, what
it is connected to hung up meanwhile. The store is on loopback, answers over TLS after 4 ms and
believes in one certificate more than the public ones. A fifth of the failures are the first of
their environments. Times are the wall's, from the exception to what the caller sees; CPU is that of
the first. Then the store hangs at each step in turn. Exit 1 where a record is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import socket
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import botocore

from tests.unit.errorlog.dynamodb.servers import (
    OK,
    Conversation,
    authority,
    hangs,
    serving,
    tls_context,
)
from tocsin import product
from tocsin.local.runtime import Conditions, ConfiguredFunction, ExecutionEnvironment
from tocsin.local.runtime.files import FunctionFiles
from tocsin.packaging import bytecode

MEMORY_MB = (128, 256, 512)
PER_ENVIRONMENT = 5
LATENCY_S = 0.004
GOALS = "goals at 128 MB: first within 1.5 s, later within 0.1 s; a store that hangs: 0.6 s, once"
HANDLER = """
import time
import errorlog

@errorlog.record_errors
def failing(event, context):
    raise RuntimeError("no stock")

def handler(event, context):
    began, cpu = time.monotonic(), time.process_time()
    try:
        failing(event, context)
    except RuntimeError:
        return {"s": time.monotonic() - began, "cpu": time.process_time() - cpu}
"""


@dataclass
class Store:
    """What reached the table."""

    taken: list[str] = field(default_factory=list)

    def serve(self, conversation: Conversation) -> None:
        while True:
            _, _, body = conversation.request().partition(b"\r\n\r\n")
            time.sleep(LATENCY_S)
            self.taken.append(json.loads(body)["Item"]["requestId"]["S"])
            conversation.say(OK)


@dataclass
class Measured:
    first_s: list[float] = field(default_factory=list)
    later_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """Makes functions in ``folder``."""

    folder: Path
    conditions: Conditions | None

    def __post_init__(self) -> None:
        (self.folder / "task").mkdir()
        (self.folder / "task" / "handler.py").write_text(HANDLER)
        (self.folder / "opt").mkdir()
        (self.folder / "opt" / "python").mkdir()
        self._lay()
        public = Path(botocore.__file__).parent / "cacert.pem"
        (self.folder / "bundle.pem").write_bytes(public.read_bytes() + authority()[0])

    def _lay(self) -> None:
        """errorlog as the layer has it: bytecode beside the sources."""
        sources = {f"python/{name}": path for name, path in product.files_below("errorlog").items()}
        (self.folder / "compiled").mkdir()
        python = ".".join(map(str, sys.version_info[:2]))
        compiled = bytecode.compiled(sources, python, self.folder / "compiled")
        for name, path in {**sources, **compiled}.items():
            place = self.folder / "opt" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)

    @contextlib.contextmanager
    def environment(self, memory_mb: int, endpoint: str) -> Iterator[ExecutionEnvironment]:
        function = ConfiguredFunction(
            name="orders", arn="arn:aws:lambda:eu-west-1:000000000000:function:orders",
            version="$LATEST", handler="handler.handler", runtime="python3.13",
            memory_mb=memory_mb, timeout=6.0, region="eu-west-1", log_group="/aws/lambda/orders",
            endpoint=endpoint, task_root=self.folder / "task", opt=self.folder / "opt",
            runtime_dir=FunctionFiles(self.folder / "files").runtime(),
            scratch=self.folder / "tmp",
            environment={
                "ERROR_LOG_TABLE": "errors", "ERROR_LOG_BURST": "1000", "STAGE": "dev",
                "AWS_CA_BUNDLE": str(self.folder / "bundle.pem"), "PYTHONDONTWRITEBYTECODE": "1",
            },
            credentials={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"},
        )  # fmt: skip
        made = ExecutionEnvironment(function, self.conditions)
        try:
            yield made
        finally:
            made.kill()

    def fail(self, memory_mb: int, endpoint: str, failures: int, measured: Measured) -> None:
        """So many failures in one environment."""
        with self.environment(memory_mb, endpoint) as environment:
            for number in range(failures):
                done = environment.invoke(b"{}", str(uuid.uuid4()))
                found = json.loads(done.payload)
                while self.conditions is not None and not environment.frozen:
                    time.sleep(0.002)  # a call that comes sooner finds its connection open
                (measured.later_s if number else measured.first_s).append(found["s"])
                if not number:
                    measured.cpu_s.append(found["cpu"])
                measured.reasons += [
                    json.loads(event.message)["reason"]
                    for event in done.log
                    if "error_log_fallback" in event.message
                ]


def in_the_table(bench: Bench, memory_mb: int, failures: int) -> bool:
    store, measured = Store(), Measured()
    with serving(store.serve, tls_context(bench.folder)) as server:
        for _ in range(-(-failures // PER_ENVIRONMENT)):
            bench.fail(memory_mb, server.url, PER_ENVIRONMENT, measured)
    total = len(measured.first_s) + len(measured.later_s)
    print(  # noqa: T201
        f"{memory_mb:6} MB {len(set(store.taken)):6} of {total:<6}"
        f"{_shown(measured.first_s):>20} {statistics.median(measured.cpu_s) * 1000:8.0f} ms"
        f"{_shown(measured.later_s):>20}  {'; '.join(sorted(set(measured.reasons)))}",
        flush=True,
    )
    return len(set(store.taken)) == total


def while_it_hangs(bench: Bench, memory_mb: int, rounds: int) -> None:
    for step, place in HANGING.items():
        measured = Measured()
        with place(bench.folder) as url:
            for _ in range(rounds):
                bench.fail(memory_mb, url, 3, measured)
        (reason,) = {reason.removeprefix("cooling down after ") for reason in measured.reasons}
        print(  # noqa: T201
            f"{memory_mb:6} MB  hangs at {step:<14}{_shown(measured.first_s):>20}"
            f"{_shown(measured.later_s):>20}  {reason}",
            flush=True,
        )


@contextlib.contextmanager
def _no_connection(_: Path) -> Iterator[str]:
    """As in a VPC without a way out: a listener whose queue is full answers no further SYN."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)
            connection.connect_ex(listening.getsockname())
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        for connection in waiting:
            connection.close()


@contextlib.contextmanager
def _no_handshake(_: Path) -> Iterator[str]:
    with serving(hangs) as server:
        yield server.url.replace("http:", "https:")


@contextlib.contextmanager
def _no_answer(folder: Path) -> Iterator[str]:
    with serving(hangs, tls_context(folder)) as server:
        yield server.url


HANGING: dict[str, Callable[[Path], contextlib.AbstractContextManager[str]]] = {
    "connection": _no_connection,
    "TLS handshake": _no_handshake,
    "answer": _no_answer,
}


def _shown(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} / {max(seconds):.2f} s"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--memory", type=int, nargs="+", default=MEMORY_MB, metavar="MB")
    options.add_argument("--failures", type=int, default=100)
    options.add_argument("--full-speed", action="store_true", help="without Lambda's conditions")
    chosen = options.parse_args()
    conditions = None if chosen.full_speed else Conditions()
    kept = "control groups" if conditions and conditions.kernel else "signals"
    if conditions is None:
        kept = "not kept"
    print(f"share of a core: {kept}; {GOALS}; median / worst")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), conditions)
        print("   memory  in the table       first failure   its CPU      later failures")  # noqa: T201
        complete = [in_the_table(bench, memory, chosen.failures) for memory in chosen.memory]
        print("   memory  the store          first failure      later failures")  # noqa: T201
        for memory_mb in chosen.memory:
            while_it_hangs(bench, memory_mb, max(1, chosen.failures // 20))
    return 0 if all(complete) else 1


if __name__ == "__main__":
    sys.exit(main())
