"""Whether a call failed as its kind says, and which records tell so.

What Lambda answers when a call ends by a time-out, memory or an exit is the platform's; a handler
that raises a KeyError over an event it does not know has failed, too, and shows nothing.
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from errorlog.drill import DrillFailure
from errorlog.invocation import DRILL
from tocsin.drill.causes import Cause
from tocsin.drill.checks import Kind
from tocsin.drill.traffic import FinishedCall

_TIMED_OUT = "Sandbox.Timedout"
_OUT_OF_MEMORY = "Runtime.OutOfMemory"
_EXITED = "Runtime.ExitError"
_NO_MODULE = "Runtime.ImportModuleError"
_FORCED = DrillFailure.__name__

# Types of the record. An exit by sys.exit is the handler's, which errorlog sees as it goes.
_RECORDED_AS = {
    Kind.TIMEOUT: frozenset({_TIMED_OUT}),
    Kind.MEMORY: frozenset({_OUT_OF_MEMORY}),
    Kind.EXIT: frozenset({_EXITED, "SystemExit"}),
    Kind.IMPORT_ERROR: frozenset({_NO_MODULE}),
    Kind.ANSWER: frozenset({_FORCED}),
    Kind.ITEMS: frozenset({_FORCED}),
}
_REPORTED_IN = {Kind.ANSWER: "statusCode", Kind.ITEMS: "batchItemFailures"}
_WORDS = {
    Kind.TIMEOUT: "a time-out",
    Kind.MEMORY: "an end for want of memory",
    Kind.EXIT: "an exit",
    Kind.IMPORT_ERROR: "an import error",
}


def broken_answer(kind: Kind, answer: FinishedCall, cause: Cause | None = None) -> str:
    """What ``answer`` shows instead of a failure of ``kind``; empty where it is one."""
    sent = cause.words if cause is not None else "the call"
    if answer.refused:
        return f"invoke -> function: {answer.refused}"
    if kind in _REPORTED_IN:
        return _unreported(kind, answer, sent)
    if not answer.error:
        return f"invoke -> handler: {sent} succeeded"
    if _is_of(kind, answer, forced=cause is not None and cause.forced):
        return ""
    wanted = _WORDS.get(kind, "the exception that was asked for")
    raised = answer.error_type or "an error without a type"
    return f"invoke -> handler: {sent} ended in {raised} ({answer.message[:200]}), not in {wanted}"


def _unreported(kind: Kind, answer: FinishedCall, sent: str) -> str:
    """What ``answer`` shows instead of an answer of errorlog's that reports a failure."""
    wanted = f"an answer with {_REPORTED_IN[kind]}"
    if answer.error:
        raised = answer.error_type or "an error without a type"
        return f"invoke -> handler: {sent} ended in {raised} ({answer.message[:200]}), not {wanted}"
    said = answer.payload if isinstance(answer.payload, dict) else {}
    if said.get(DRILL) == kind and said.get(_REPORTED_IN[kind]):
        return ""
    return (
        f"invoke -> error log: {sent} was not answered by {wanted}; is the layer of this release?"
    )


def record_types(kind: Kind, answer: FinishedCall) -> frozenset[str]:
    """The types of which a record of ``answer`` may be."""
    return _RECORDED_AS.get(kind, frozenset({answer.error_type}))


def _is_of(kind: Kind, answer: FinishedCall, *, forced: bool) -> bool:
    said, text = answer.error_type, answer.message
    match kind:
        case Kind.TIMEOUT:
            return said == _TIMED_OUT or (not said and "Task timed out after" in text)
        case Kind.MEMORY:
            return said == _OUT_OF_MEMORY or (said in (_EXITED, "") and "signal: killed" in text)
        case Kind.EXIT:
            return said == _EXITED and "signal: killed" not in text
        case Kind.IMPORT_ERROR:
            return said == _NO_MODULE
    if forced:
        return said == _FORCED
    # Which exception the owner's event leads to is the owner's to say; the platform's is not it.
    return not said.startswith(("Runtime.", "Sandbox."))
