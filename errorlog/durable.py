"""Durable functions: an execution over many invocations, which replay the handler from its top.

What https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html describes, as AWS's SDK
for Python does it (aws-durable-execution-sdk-python 3.0.0): an invocation that has to wait is ended
by an exception that is a signal and no failure, a failed execution by an answer. The SDK is known
by its names and never loaded.
"""

from __future__ import annotations

import sys

from errorlog.by_type import by_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_SDK = "aws_durable_execution_sdk_python"
_SIGNALS = ("SuspendExecution", "OrphanedChildException")
_BASES = type.__dict__["__mro__"]
FAILED = "FAILED"
_MAX_LINES = 100
_MAX_MEMBERS = 10_000
_MAX_FRAMES = 200


def is_signal(error: BaseException) -> bool:
    """Whether ``error`` only ends an invocation that is to go on later, or a branch given up.

    A group does where each of its members does, however deep they lie in one another.
    """
    kind = type(error)
    if type(kind) is type and not issubclass(kind, BaseExceptionGroup):
        return _is_usual_signal(kind)
    waiting: list[Any] = [error]
    for _ in range(_MAX_MEMBERS):
        if not waiting:
            return True
        member = waiting.pop()
        if issubclass(type(member), BaseExceptionGroup):
            held = getattr(member, "exceptions", ())
            if not held:
                return False
            waiting += held
        elif not _is_signal_type(type(member)):
            return False
    return False


def _is_signal_type(kind: type) -> bool:
    for base in _BASES.__get__(kind):  # whatever a metaclass says of them
        if base is Exception:
            return False  # a signal is none
        if _of_sdk(base) and base.__name__ in _SIGNALS:
            return True
    return False


def lambda_context(context: Any) -> Any:
    """Lambda's context, which a ``DurableContext`` holds."""
    kind: Any = type(context)
    if not (_is_usual_context(kind) if type(kind) is type else _of_sdk(kind)):
        return context
    return getattr(context, "lambda_context", None) or context


def is_replaying(event: Any, context: Any) -> bool:
    """Whether what happens now has happened before, in an earlier invocation; never raises."""
    try:
        if not _of_sdk(type(context)) and not _begins_execution(event):
            return False
        context = _nearest_context() or context
        return _of_sdk(type(context)) and context.is_replaying() is True
    except BaseException:  # another version of the SDK
        return False


def _nearest_context() -> Any:
    """The ``DurableContext`` that the innermost caller was given, where one was.

    A decorator outside of the SDK's does not see it, and a branch has one of its own.
    """
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_MAX_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            value = frame.f_locals.get(name)
            if _of_sdk(type(value)) and hasattr(value, "is_replaying"):
                return value
        frame = frame.f_back
    return None


def failure(answer: dict[Any, Any], event: Any) -> BaseException | None:
    """What a durable execution failed of, as its answer tells; None for any other answer.

    https://docs.aws.amazon.com/lambda/latest/api/API_ErrorObject.html
    """
    if not _begins_execution(event):
        return None
    said = dict.get(answer, "Error")
    said = said if isinstance(said, dict) else {}
    name, text, stack = said.get("ErrorType"), said.get("ErrorMessage"), said.get("StackTrace")
    kind = _exception(name if isinstance(name, str) else "DurableExecutionFailed")
    error = kind(text) if isinstance(text, str) else kind("the answer does not say why")
    if isinstance(stack, list) and stack:
        lines = [line.rstrip("\n") for line in stack[-_MAX_LINES:] if isinstance(line, str)]
        error.add_note("\n".join(lines))
    return error


def _exception(name: str) -> type[Exception]:
    # The SDK gives the whole name, such as orders.stock.NoStock.
    text = name.encode("utf-8", "replace").decode()
    module, _, name = text.replace("\0", "")[:512].rpartition(".")
    return type(
        name or "DurableExecutionFailed", (Exception,), {"__module__": module or "builtins"}
    )


def _begins_execution(event: Any) -> bool:
    """Whether ``event`` is what the service sends, or what the SDK's local runner makes of it."""
    return _of_sdk(type(event)) or (isinstance(event, dict) and "DurableExecutionArn" in event)


def _of_sdk(kind: type) -> bool:
    try:
        module = kind.__module__
    except BaseException:  # of a metaclass that raises, or exits
        return False
    return isinstance(module, str) and module.startswith(_SDK) and module.partition(".")[0] == _SDK


# Of types whose metaclass has no say in it: the same ones fail again and again, and that of
# Lambda's context is always the same.
_is_usual_signal = by_type(_is_signal_type, 64)
_is_usual_context = by_type(_of_sdk, 16)
