"""Stands in for `smoke-test --json`: says what a drill says, and waits where it is told to.

python -m tests.console_drill [--wait] --json [--wiring] [--yes] [--function KEY]
"""

import json
import sys
import time
from typing import TextIO

CHECKS = [
    ("orders", "success", "answered", "passed", 0.4, ""),
    ("orders", "timeout", "raised", "passed", 6.0, ""),
    ("orders", "timeout", "recorded", "passed", 0.1, ""),
    ("orders", "exception", "raised", "passed", 0.3, ""),
    ("orders", "exception", "recorded", "passed", 0.2, ""),
    ("orders", "exception", "ALARM", "failed", 3.1,
     "metric -> alarm: it watches AWS/Lambda Errors {FunctionName=order-function-local}, which has "
     "no data; the function emits AWS/Lambda Errors {FunctionName=orders-function-local}"),
    ("orders", "throttle", "ALARM", "not shown", 0.0,
     "nobody's calls are turned away for a drill, so that no throttle was there for the alarm to "
     "see; its state was set instead"),
    ("orders", "throttle", "notified", "passed", 0.1, ""),
    ("payments", "success", "answered", "passed", 0.4, ""),
    ("payments", "exception", "raised", "passed", 0.3, ""),
    ("payments", "exception", "recorded", "passed", 0.2, ""),
    ("payments", "exception", "ALARM", "passed", 2.1, ""),
    ("payments", "exception", "notified", "passed", 0.4, ""),
    ("payments", "exception", "OK", "passed", 1.0, ""),
    ("(stage)", "page", "notified", "passed", 0.0, ""),
]  # fmt: skip


def said(line: str, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{line}\n")
    stream.flush()


def main(arguments: list[str]) -> int:
    assert "--json" in arguments
    try:
        drill(wait="--wait" in arguments)
    except KeyboardInterrupt:
        said("orders: what was muted is told again", sys.stderr)
        return 130
    return 1


def drill(*, wait: bool) -> None:
    for function, kind, link, result, seconds, detail in CHECKS:
        check = {
            "function": function, "kind": kind, "link": link, "result": result,
            "seconds": seconds, "detail": detail,
        }  # fmt: skip
        said(json.dumps(check))
    said("smoke-test tocsin-dev ...", sys.stderr)
    if wait:
        time.sleep(600)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
