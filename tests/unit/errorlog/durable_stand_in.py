"""A stand-in for AWS's durable execution SDK, as far as the error log meets it.

It does what aws-durable-execution-sdk-python 3.0.0 does at its edges, under the same names: the
handler runs in a thread of the SDK's own without the caller's context variables; waiting is a
BaseException; a failed execution is an answer; an ``InvocationError`` is raised, so that Lambda
calls again. Its checkpoints are a dictionary. Not the SDK: that needs a later boto3 than ours.
"""

import functools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PACKAGE = "aws_durable_execution_sdk_python"


class SuspendExecution(BaseException):
    __module__ = f"{PACKAGE}.exceptions"


class TimedSuspendExecution(SuspendExecution):
    __module__ = f"{PACKAGE}.exceptions"


class OrphanedChildException(BaseException):
    __module__ = f"{PACKAGE}.exceptions"


class InvocationError(Exception):
    __module__ = f"{PACKAGE}.exceptions"


class StepError(Exception):
    __module__ = f"{PACKAGE}.exceptions"


class DurableContext:
    __module__ = f"{PACKAGE}.context"

    def __init__(self, lambda_context: object, checkpoints: dict[int, Any]) -> None:
        self.lambda_context = lambda_context
        self._checkpoints = checkpoints
        self._next = 0
        self._replaying = bool(checkpoints)

    def is_replaying(self) -> bool:
        return self._replaying

    def step(self, work: Callable[[], Any]) -> Any:
        """Run ``work`` once in the execution; later invocations have its result or its error."""
        number, self._next = self._next, self._next + 1
        if number not in self._checkpoints:
            self._replaying = False
            try:
                self._checkpoints[number] = ("result", work())
            except Exception as error:
                self._checkpoints[number] = ("error", str(error))
        kind, value = self._checkpoints[number]
        if self._next not in self._checkpoints:
            self._replaying = False
        if kind == "error":
            raise StepError(value)
        return value

    def wait(self) -> None:
        number, self._next = self._next, self._next + 1
        if number not in self._checkpoints:
            self._checkpoints[number] = ("result", None)
            raise TimedSuspendExecution("wait")
        if self._next not in self._checkpoints:
            self._replaying = False


def durable_execution(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @functools.wraps(function)
    def wrapper(event: Any, context: Any) -> dict[str, Any]:
        state = event["InitialExecutionState"]
        durable_context = DurableContext(context, state["checkpoints"])

        def invoke() -> dict[str, Any]:
            try:
                result = function(json.loads(state["input"]), durable_context)
            except SuspendExecution:
                return {"Status": "PENDING"}
            except InvocationError:
                raise
            except Exception as error:
                name = type(error).__qualname__
                return {
                    "Status": "FAILED",
                    "Error": {
                        "ErrorMessage": str(error),
                        "ErrorType": f"{type(error).__module__}.{name}".removeprefix("builtins."),
                    },
                }
            return {"Status": "SUCCEEDED", "Result": json.dumps(result)}

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(invoke).result()

    return wrapper


def run(
    handler: Callable[[Any, Any], Any], payload: object, context: object, invocations: int = 20
) -> list[Any]:
    """Invoke ``handler`` until its execution has ended, as Lambda does; the answers."""
    checkpoints: dict[int, Any] = {}
    answers: list[Any] = []
    for _ in range(invocations):
        event = {
            "DurableExecutionArn": "arn:aws:lambda:eu-west-1:123456789012:function:o:1/durable/1",
            "CheckpointToken": "Zq9-checkpoint",
            "InitialExecutionState": {"checkpoints": checkpoints, "input": json.dumps(payload)},
        }
        try:
            answers.append(handler(event, context))
        except Exception as error:
            answers.append(error)
            continue
        if answers[-1]["Status"] != "PENDING":
            break
    return answers
