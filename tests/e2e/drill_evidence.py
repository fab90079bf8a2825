"""What a stage itself says of a drill, cell by cell: logs, the error log, histories of alarms."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.e2e.conftest import Project
from tocsin import names

SUFFIX = "local"
ANSWERS = ("answer", "items")
"""The kinds that are successes to Lambda, so that its log has no failure."""
_START_OF = "start of "  # what a log says before its first call, in place of a request id
_START = re.compile(r"START RequestId: (\S+)")
# What the log of the function says where such a failure was, and what it is recorded as.
SAID = {
    "timeout": ("Task timed out after", "Sandbox.Timedout"),
    "memory": ("Error Type: Runtime.OutOfMemory", "Runtime.OutOfMemory"),
    "exit": ("Error Type: Runtime.ExitError", "Runtime.ExitError"),
    "import-error": ("Runtime.ImportModuleError", "Runtime.ImportModuleError"),
    "exception": ("[ERROR] DrillFailure: the drill asked for an exception", "DrillFailure"),
}
_CHAIN = {"ALARM", "notified", "OK", "OK notified"}
SHOWN = {
    "success": {"answered"},
    "timeout": {"raised", "recorded"},
    "memory": {"raised", "recorded"},
    "exit": {"raised", "recorded"},
    "import-error": {"subscribed"},
    "exception": {"raised", "recorded", *_CHAIN},
    "latency": _CHAIN,
    "throttle": {"notified"},
    "wiring": {"notified"},
}
"""The links that a drill sees of a function that is called, by the kind of its row."""
# What an alarm has done when the link was seen: where its history says so.
_DONE = {
    "ALARM": "to ALARM",
    "OK": "to OK",
    "notified": "Successfully executed action",
    "OK notified": "Successfully executed action",
}
_ALARMS = {"exception": "error-rate", "latency": "latency", "throttle": "throttles"}


@dataclass(frozen=True)
class Evidence:
    """Of one function by its ``key``, or of the stage; ``name`` is what AWS calls the function."""

    project: Project
    key: str
    name: str

    @cached_property
    def log(self) -> dict[str, str]:
        """By request id, all that its log says of the call."""
        pages = self.project.client("logs").get_paginator("filter_log_events")
        said: dict[str, str] = defaultdict(str)
        current: dict[str, str] = {}
        for page in pages.paginate(logGroupName=f"/aws/lambda/{self.name}"):
            for event in page["events"]:
                stream, message = event["logStreamName"], event["message"]
                if started := _START.match(message):
                    current[stream] = started[1]
                said[current.get(stream, f"{_START_OF}{stream}")] += message
        return dict(said)

    @cached_property
    def records(self) -> dict[str, set[str]]:
        """By request id, the types of the records."""
        found: dict[str, set[str]] = defaultdict(set)
        pages = self.project.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=names.table(SUFFIX)):
            for item in page["Items"]:
                if item.get("functionName", {}).get("S") == self.name:
                    found[item["requestId"]["S"]].add(item["errorType"]["S"])
        return dict(found)

    def seen(self, check: dict[str, Any]) -> bool:
        """Whether what the cell is about has happened, by the stage's own word."""
        kind, link = check["kind"], check["link"]
        if link == "raised":
            return bool(self._failed(kind))
        if link == "recorded" and kind in ANSWERS:
            raised = self._failed("exception")
            answers = {
                request: self.records.get(request) for request in self.log.keys() - set(raised)
            }
            return {SAID["exception"][1]} in answers.values()
        if link == "recorded":
            failed = self._failed(kind)
            wanted = {SAID[kind][1]}
            types = [
                self.records.get(request, set())
                for request in failed
                if not request.startswith(_START_OF)
            ]
            if kind == "exception":  # of a storm some are counted, and not recorded
                types = [found for found in types if found]
            return bool(types) and all(found == wanted for found in types)
        if link == "subscribed":
            filters = self.project.client("logs").describe_subscription_filters(
                logGroupName=f"/aws/lambda/{self.name}"
            )["subscriptionFilters"]
            collector = names.function(names.COLLECTOR, SUFFIX)
            return any(found["destinationArn"].endswith(f":{collector}") for found in filters)
        if link == "answered":
            return not any("KeyError" in text for text in self.log.values())
        return any(_DONE[link] in summary for summary in self._history(self._alarm(check)))

    @property
    def timed_out(self) -> list[str]:
        """The calls whose time was over, by their request ids: asked for, or for being slow."""
        return self._failed("timeout")

    @property
    def timed_out_recorded(self) -> bool:
        return self.records.keys() >= set(self.timed_out)

    def records_of(self, kind: str) -> dict[str, list[str]]:
        """By request id, the types of the records of each call that the log says failed so."""
        if kind not in SAID:
            return {}
        return {request: sorted(self.records.get(request, ())) for request in self._failed(kind)}

    def _failed(self, kind: str) -> list[str]:
        return [request for request, text in self.log.items() if SAID[kind][0] in text]

    def _alarm(self, check: dict[str, Any]) -> str:
        if check["kind"] == "page":
            return names.stage_health(SUFFIX)
        if check["kind"] == "wiring":
            return str(check["detail"]).partition(",")[0]
        return f"{self.key}-{_ALARMS[check['kind']]}-alarm-{SUFFIX}"

    def _history(self, alarm: str) -> list[str]:
        pages = self.project.client("cloudwatch").get_paginator("describe_alarm_history")
        return [
            item["HistorySummary"]
            for page in pages.paginate(
                AlarmName=alarm, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            for item in page["AlarmHistoryItems"]
        ]


@dataclass(frozen=True)
class Disagreement:
    """A cell of the drill's table that the stage contradicts."""

    check: dict[str, Any] = field(compare=False)
    seen: bool
    records: dict[str, list[str]] = field(compare=False)

    def __str__(self) -> str:
        cell = " ".join(str(self.check[name]) for name in ("function", "kind", "link", "result"))
        happened = "has" if self.seen else "has not"
        return f"{cell} ({self.check['detail']}): {happened} happened; records: {self.records}"


def disagreements(table: list[dict[str, Any]], evidence: dict[str, Evidence]) -> list[str]:
    """Cells that passed and had not happened, or did not and had. ``evidence`` is by function.

    A row that has a cell "not shown" for a failure that the drill does not make, such as a
    throttle, must not have happened, either.
    """
    found = []
    for check in table:
        of_function = evidence.get(check["function"])
        if of_function is None or check["link"] == "confirmed":
            continue
        if check["link"] == "ALARM" and check["kind"] in ("throttle", "wiring"):
            # By a state that was set, and never by what the alarm watches.
            assert check["result"] == "not shown", check
            continue
        seen = of_function.seen(check)
        if seen != (check["result"] == "passed"):
            records = of_function.records_of(check["kind"])
            found.append(str(Disagreement(check, seen, records)))
    return found
