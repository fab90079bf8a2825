"""The rules of EventBridge that call a function, as osls makes them from its ``events``.

Its logical ids are in node_modules/osls/lib/plugins/aws/lib/naming.js; a compiled project holds
them to these (tests/unit/packaging/test_every_key.py).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import names
from tocsin.alarms.kind import AlarmedFunction

_LONGEST_NAME = 64


def rules(function: AlarmedFunction) -> tuple[dict[str, str], ...]:
    """The dimensions of each rule's metrics; none for a function that another stack deploys.

    A schedule of ``method: scheduler`` has no rule. Left out are a rule that is off, which calls
    nothing, and one of a bus whose name only a deploy knows.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    if not function.is_deployed_here:
        return ()
    found: list[dict[str, str]] = []
    schedules = clouds = 0
    for index, event in enumerate(function.events, start=1):
        for type_, written in event.items():
            off = isinstance(written, Mapping) and written.get("enabled") is False
            if type_ == "schedule":
                for _ in range(_rates(written)):
                    schedules += 1
                    if not off and not is_of_scheduler(written):
                        found.append(_by_id(function, f"EventsRuleSchedule{schedules}"))
            elif type_ == "cloudwatchEvent":
                clouds += 1
                if not off:
                    found.append(_by_id(function, f"EventsRuleCloudWatchEvent{clouds}"))
            elif type_ == "eventBridge" and not off:
                found += _on_a_bus(function, index, written)
    return tuple(found)


def _rates(written: Any) -> int:
    rates = written.get("rate") if isinstance(written, Mapping) else written
    return len(rates) if isinstance(rates, list) else 1


def is_of_scheduler(written: Any) -> bool:
    """Whether an event ``schedule`` makes a schedule of EventBridge Scheduler, and no rule."""
    return isinstance(written, Mapping) and written.get("method") == "scheduler"


def _by_id(function: AlarmedFunction, rest: str) -> dict[str, str]:
    return {"RuleName": f"${{{names.logical_id(function.key)}{rest}}}"}


def _on_a_bus(function: AlarmedFunction, index: int, written: Any) -> Iterator[dict[str, str]]:
    given = written if isinstance(written, Mapping) else {}
    made = f"{function.name}-rule-{index}"
    bus = given.get("eventBus", "default")
    if bus == "default":
        logical_id = re.sub(r"[^0-9A-Za-z]", "", made)
        yield {"RuleName": f"${{{logical_id[:1].upper()}{logical_id[1:]}EventBridgeRule}}"}
    elif isinstance(bus, str) and "${" not in bus:
        name = str(given.get("name", made))
        if len(name) <= _LONGEST_NAME:
            yield {"EventBusName": bus.rpartition("/")[2], "RuleName": name}
