"""Lambda on the stage: Python functions under awslambdaric, AWS's counting, AWS's log lines."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from tocsin.local.cloudwatch import CloudWatches
from tocsin.local.emulator import asynchronous
from tocsin.local.emulator.request_ids import of_this_invocation
from tocsin.local.runtime import (
    Conditions,
    ConfiguredFunction,
    EndedInvocation,
    ExecutionEnvironment,
    LogWriter,
)
from tocsin.local.runtime.files import FunctionFiles

Config = dict[str, Any]


def variables_of(config: Config) -> dict[str, str]:
    """A function's variables; a template's `false` or `30` is a text to CloudFormation.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-environment.html
    """
    variables = (config.get("Environment") or {}).get("Variables") or {}
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in variables.items()
    }


class Functions:
    """Runs invocations for ministack's Lambda service and reports them to CloudWatch."""

    def __init__(
        self,
        clouds: CloudWatches,
        files: FunctionFiles,
        scratch: Path,
        endpoint: str,
        conditions: Conditions | None,
    ) -> None:
        self._conditions = conditions
        self._clouds = clouds
        self._files = files
        self._scratch = scratch
        self._endpoint = endpoint
        self._environments: set[ExecutionEnvironment] = set()
        self._lock = threading.Lock()

    def install(self) -> None:
        """Swap the points of ministack's Lambda service listed in ``contacts.py``."""
        functions = self
        other_worker = lambda_runtime._worker_class_for
        other_dispatch = lambda_svc._execute_function_dispatch
        acquire_slot = lambda_svc._acquire_execution_slot

        class PythonWorker(lambda_runtime.Worker):  # type: ignore[misc]
            """An execution environment in ministack's pool, which leases and retires it."""

            def __init__(self, func_name: str, config: Config, code_zip: bytes) -> None:
                super().__init__(func_name, config, code_zip)
                self.environment = functions.environment(config, code_zip)
                self.log = LogWriter(self.environment.function, self.environment.log_stream)

            def _spawn(self) -> None:
                """The environment starts its process itself, at the first invocation."""

            def _discard_tmpdir(self) -> None:
                """Called by the pool when it lets a worker go."""
                functions.retire(self.environment)

        def worker_class(config: Config) -> type:
            return PythonWorker if runs_here(config) else other_worker(config)

        def dispatch(
            func: dict[str, Any], config: Config, event: Any, request_id: str, started: float
        ) -> Any:
            request_id = of_this_invocation(request_id)
            if runs_here(config) and func.get("code_zip"):
                return functions.run(config, func["code_zip"], event, request_id)
            result = other_dispatch(func, config, event, request_id, started)
            failed = bool(result.get("error"))
            functions.count(config, started, time.time() - started, failed=failed)
            functions.take_embedded(str(result.get("log") or "").splitlines())
            return result

        def slot(func: dict[str, Any], config: Config) -> tuple[str | None, str | None]:
            held: tuple[str | None, str | None] = acquire_slot(func, config)
            if held[0] is None:
                functions.count_throttle(config)
            return held

        lambda_runtime._worker_class_for = worker_class
        lambda_svc._execute_function_dispatch = dispatch
        lambda_svc._acquire_execution_slot = slot
        # Its own counting marks a throttled call as an invocation and misses the errors of
        # asynchronous ones: ours, in dispatch and slot, is the only one.
        lambda_svc._emit_lambda_metrics = lambda *_args, **_kwargs: None
        asynchronous.install(self.count_event)

    def environment(self, config: Config, archive: bytes) -> ExecutionEnvironment:
        """A new execution environment for a function's configuration and code."""
        layers = [lambda_svc._resolve_layer_zip(layer) for layer in config.get("Layers", [])]
        name = config["FunctionName"]
        function = ConfiguredFunction(
            name=name,
            arn=config["FunctionArn"],
            version=config.get("Version", "$LATEST"),
            handler=config.get("Handler", ""),
            runtime=config["Runtime"],
            memory_mb=int(config.get("MemorySize", 128)),
            timeout=float(config.get("Timeout", 3)),
            region=get_region(),
            log_group=log_group(config),
            endpoint=self._endpoint,
            task_root=self._files.task_root(archive),
            opt=self._files.opt([layer for layer in layers if layer]),
            runtime_dir=self._files.runtime(),
            scratch=self._scratch / name,
            environment=variables_of(config),
            credentials=lambda_runtime.execution_credentials(config),
        )
        environment = ExecutionEnvironment(function, self._conditions)
        with self._lock:
            self._environments.add(environment)
        return environment

    def retire(self, environment: ExecutionEnvironment) -> None:
        """The pool has let it go (new code, idle, reset): an invocation under way may finish."""
        with self._lock:
            self._environments.discard(environment)
        environment.retire()

    def stop(self) -> None:
        """End every process at once; the stage is shutting down."""
        with self._lock:
            environments, self._environments = self._environments, set()
        for environment in environments:
            environment.kill()

    def run(self, config: Config, archive: bytes, event: Any, request_id: str) -> dict[str, Any]:
        """One invocation, as ministack's Lambda service takes its result."""
        began = time.time()
        worker, _ = lambda_runtime.acquire_worker(
            config["FunctionName"], config, archive, qualifier=config.get("Version", "$LATEST")
        )
        try:
            done: EndedInvocation = worker.environment.invoke(
                json.dumps(event).encode(),
                request_id,
                arn=config["FunctionArn"],
                trace_id=lambda_svc._xray_trace_id_for_invocation(config),
            )
            # Before the next one gets the environment, so that the log is in their order.
            written = worker.log.write(done.log)
        finally:
            lambda_runtime.release_worker(worker)
        self.count(config, began, done.duration, failed=done.failed)
        if written:
            self.take_embedded(entry.message for entry in done.log)
        return {
            "body": json.loads(done.payload) if done.payload else None,
            "error": done.failed,
            "log": "\n".join(entry.message for entry in done.log),
        }

    def count(self, config: Config, began: float, seconds: float, *, failed: bool) -> None:
        """AWS/Lambda metrics of an invocation that ran, at the (wall) time it began.

        ``seconds`` is the handler's time; Init is not part of Duration.
        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        self._record(config, began, "Invocations", 1, "Count")
        self._record(config, began, "Errors", 1 if failed else 0, "Count")
        self._record(config, began, "Throttles", 0, "Count")
        self._record(config, began, "Duration", seconds * 1000, "Milliseconds")

    def take_embedded(self, lines: Iterable[str]) -> None:
        """Metrics in embedded metric format, out of a log that was written."""
        cloud = self._clouds.of(get_account_id(), get_region())
        for line in lines:
            cloud.record_embedded(line)

    def count_throttle(self, config: Config) -> None:
        """A call that was turned away: a throttle, and neither an invocation nor an error."""
        self._record(config, time.time(), "Throttles", 1, "Count")

    def count_event(self, config: Config, metric: str) -> None:
        """One event of an asynchronous caller."""
        self._record(config, time.time(), metric, 1, "Count")

    def _record(self, config: Config, wall: float, metric: str, value: float, unit: str) -> None:
        cloud = self._clouds.of(get_account_id(), get_region())
        name = config["FunctionName"]
        for dimensions in ({"FunctionName": name}, {"FunctionName": name, "Resource": name}, {}):
            cloud.record("AWS/Lambda", metric, value, unit, dimensions, wall=wall)


def runs_here(config: Config) -> bool:
    """Whether awslambdaric can run it: a zipped Python function, on a system that has it.

    awslambdaric exists for Linux only; elsewhere ministack's own worker runs the function.
    """
    return (
        find_spec("awslambdaric") is not None
        and config.get("PackageType", "Zip") == "Zip"
        and str(config.get("Runtime", "")).startswith("python")
    )


def log_group(config: Config) -> str:
    """Where the function's log goes."""
    chosen = (config.get("LoggingConfig") or {}).get("LogGroup")
    return str(chosen or f"/aws/lambda/{config['FunctionName']}")
