"""A function for each way in which a Python Lambda fails, and what becomes of its failure.

The table in docs/failures.md is made of these by ``test_every_failure.py``, on a local stage.
"""

from dataclasses import dataclass

HEAD = "import errorlog\n{imports}\n@errorlog.record_errors\ndef handler(event, context):\n"


def handler(*body: str, imports: str = "") -> str:
    return HEAD.format(imports=imports) + "".join(f"    {line}\n" for line in body)


# So that `check`, which refuses an import that nothing has, lets it be deployed.
UNSEEN = '__import__("nowhere_to_be_found")\n'
HANDLER, COLLECTOR, NO_RECORD = "the handler", "the collector", "-"


@dataclass(frozen=True)
class Way:
    """One way of failing. ``drill`` are the drill's checks that are for it: kind, links seen.

    ``records`` is how many one failing call leaves; ``tries`` how often Lambda makes that call.
    """

    words: str
    code: str
    drill: tuple[tuple[str, str], ...] = ()
    by: str = HANDLER
    error_type: str = ""
    alarm: str = "error-rate"
    records: int = 1
    tries: int = 1
    payload: str = "{}"
    settings: tuple[tuple[str, object], ...] = ()
    # Whether the caller is told of it; else its answer is a success to Lambda.
    raised: bool = True


_TIMEOUT = (("timeout", 3),)
_DURABLE = '{"DurableExecutionArn": "arn:aws:lambda:us-east-1:1:function:f:$LATEST/durable/1"}'
_DURABLE_ANSWER = (
    'return {"Status": "FAILED", "Error": {"ErrorType": "NoStock", "ErrorMessage": "none left"}}'
)
_ITEMS = 'return {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "3"}]}'
NOT_BY_DRILL = "not shown"
_CHAIN = "ALARM, notified, OK, OK notified"
_ENDED = "raised, recorded"
_EXCEPTION = ("exception", f"{_ENDED}, {_CHAIN}")
_WIRING = ("wiring", "notified")

WAYS = {
    "raises": Way(
        "it raises", handler('raise ValueError("no such order 81")'), (_EXCEPTION,),
        error_type="ValueError",
    ),
    "times-out": Way(
        "it runs out of time", handler("time.sleep(60)", imports="import time\n"),
        (("timeout", _ENDED),), by=COLLECTOR, error_type="Sandbox.Timedout", settings=_TIMEOUT,
    ),
    "out-of-memory": Way(
        "it runs out of memory",
        handler("held = []", "while True:", "    held.append(bytearray(b'x' * 16_000_000))"),
        (("memory", _ENDED),), by=COLLECTOR, error_type="Runtime.OutOfMemory",
        settings=(("timeout", 60),),
    ),
    "exits": Way(
        "it exits, by `sys.exit`", handler("sys.exit(3)", imports="import sys\n"),
        (("exit", _ENDED),), error_type="SystemExit",
    ),
    "vanishes": Way(
        "it exits, by `os._exit` or a crash", handler("os._exit(3)", imports="import os\n"),
        (("exit", _ENDED),), by=COLLECTOR, error_type="Runtime.ExitError",
    ),
    "no-module": Way(
        "it cannot start: a module is missing",
        handler("return 1", imports=UNSEEN), (("import-error", "subscribed"),),
        by=COLLECTOR, error_type="Runtime.ImportModuleError",
    ),
    "bad-start": Way(
        "it cannot start: its module raises",
        handler("return 1", imports='import os\nTABLE = os.environ["NOT_SET"]\n'),
        (("import-error", "subscribed"),), by=COLLECTOR, error_type="KeyError",
    ),
    "no-json": Way(
        "its result is no JSON", handler("return {1, 2}"),
        by=COLLECTOR, error_type="Runtime.MarshalError",
    ),
    "answers-5xx": Way(
        "it answers 5xx", handler('return {"statusCode": 502, "body": "no"}'),
        (("answer", "answered, recorded"),), error_type="StatusCode502", raised=False,
        settings=(("recordAnswers", ["5xx"]),),
    ),
    "failed-items": Way(
        "it reports failed items (two)", handler(_ITEMS), (("items", "answered, recorded"),),
        error_type="FailedItem", records=2, raised=False,
        settings=(("recordAnswers", ["items"]),),
        payload='{"Records": [{"messageId": "1"}, {"messageId": "2"}, {"messageId": "3"}]}',
    ),
    "durable": Way(
        "a durable execution ends in failure", handler(_DURABLE_ANSWER), (_WIRING,),
        error_type="NoStock", alarm="durable-execution-failed", raised=False, payload=_DURABLE,
        settings=(("alarms", {"durableExecutionFailed": {"enabled": True}}),),
    ),
    "dropped": Way(
        "an asynchronous event is given up on, after three tries",
        handler('raise ValueError("no such order 81")'), (("exception", _ENDED), _WIRING),
        error_type="ValueError", alarm="async-events-dropped", tries=3,
        settings=(("events", [{"schedule": "rate(1 hour)"}]),),
    ),
    "not-called": Way(
        "it does not run when its schedule is due", handler("return 1"), (_WIRING,),
        by=NO_RECORD, alarm="heartbeat", records=0, tries=0,
        settings=(("events", [{"schedule": "rate(1 hour)"}]),),
    ),
}  # fmt: skip
"""By the function's key in monitoring.yml."""
# The drill calls them, and sees just that.
CANNOT_START = frozenset({"no-module", "bad-start"})

# AWS's durable execution service is not part of a local stage: the answer that the SDK gives it is
# made by hand, and so is the state of the alarm on what that service counts.
BY_HAND = frozenset({"durable"})
