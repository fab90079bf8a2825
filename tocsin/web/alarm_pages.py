"""The list of alarms, one alarm with its series, and what scenarios and a backtest make of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from tocsin.aws import alarm_states
from tocsin.aws.account import Account
from tocsin.aws.alarm_states import AlarmState
from tocsin.backtest import AlarmReport, BacktestReport, backtest
from tocsin.backtest.alarm_history import lived
from tocsin.backtest.page import alarm_in_words
from tocsin.backtest.past_metrics import gather
from tocsin.backtest.plot import svg
from tocsin.check.scenarios import folders
from tocsin.cloudwatch import CompositeAlarm, MetricAlarm, parse_rule
from tocsin.findings import Finding
from tocsin.scenarios import ScenarioOutcome, prove, run_files
from tocsin.scenarios.loading import LoadedAlarms, alarms_described
from tocsin.web.alarm_list import AlarmQuery, Mutes, listed_alarms, mutes_of
from tocsin.web.alarm_plot import STRIP, alarm_plot
from tocsin.web.alarm_reading import AlarmReading, loaded, read_alarm
from tocsin.web.bug_list import OPEN, BugEntry
from tocsin.web.console import Console
from tocsin.web.page_frame import Pages
from tocsin.web.snapshots import Snapshot
from tocsin.web.troubles import Trouble

MOST_CHANGES = 50
MOST_BUGS = 5
BACKTEST_DAYS = (7, 14)


@dataclass(frozen=True)
class StateUpdate:
    """A state change of DescribeAlarmHistory."""

    at: datetime
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class ScenarioResults:
    """What generated scenarios found on an alarm, and what those of the project expected of it."""

    findings: tuple[Finding, ...]
    outcomes: tuple[ScenarioOutcome, ...]


class AlarmPages:
    """Handlers of /alarms."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._console = pages.console

    def all(self, request: Request) -> Response:
        """The alarms that the address asks for, what is wrong first."""
        query = AlarmQuery.of(dict(request.query_params))
        snapshot, mutes, unknown = self._lists()
        found = None if snapshot.value is None else listed_alarms(snapshot.value, query, mutes)
        values = {"query": query, "found": found, "mutes_unknown": unknown}
        return self._pages.answer(request, "alarms", values, snapshot=snapshot)

    def _lists(self) -> tuple[Snapshot[list[AlarmState]], Mutes, Trouble | None]:
        """The alarms, what keeps them from telling, and why that is not known, if it is not."""
        console = self._console
        # Side by side: neither waits for the other's answer.
        part = console.part(lambda: console.account)
        if part.trouble:
            return console.alarms.get(), {}, None
        with ThreadPoolExecutor(2) as threads:
            rules = threads.submit(console.mutes.get)
            alarms = threads.submit(console.alarms.get).result()
        found = rules.result()
        muted = console.part(lambda: mutes_of(alarms.value or (), found.value or (), console.now()))
        mutes: Any = muted.value or {}
        return alarms, mutes, found.trouble or muted.trouble

    def one(self, request: Request) -> Response:
        """An alarm: its state, its own series with what decides, its history."""
        name = str(request.path_params["name"])
        console = self._console
        snapshot, mutes, unknown = self._lists()
        known = next((alarm for alarm in snapshot.value or () if alarm.name == name), None)
        values: dict[str, Any] = {
            "name": name, "known": known, "mutes": mutes.get(name, ()), "mutes_unknown": unknown,
        }  # fmt: skip
        if known is not None:
            span = request.query_params.get("span", "")
            console.part(lambda: console.account)  # made before two threads ask for it
            with ThreadPoolExecutor(2) as pool:
                read = pool.submit(
                    console.part, lambda: read_alarm(console.account, name, console.now(), span)
                )
                past = pool.submit(console.part, lambda: changes(console.account, name))
                values |= self._read(known, read.result().value) | {
                    "reading_part": read.result(),
                    "history": past.result(),
                }
        missing = known is None and snapshot.value is not None
        return self._pages.answer(
            request, "alarm", values, snapshot=snapshot, status=404 if missing else 200
        )

    def scenarios(self, request: Request) -> Response:
        """What the engine makes of the alarm in scenarios, run now."""
        return self._result(request, "scenarios", self._scenarios)

    def replayed(self, request: Request) -> Response:
        """The alarm over the last days, replayed now."""
        days = request.query_params.get("days", "")
        chosen = int(days) if days in map(str, BACKTEST_DAYS) else BACKTEST_DAYS[0]
        return self._result(request, "replayed", lambda name: self._backtest(name, chosen))

    def _result(self, request: Request, what: str, run: Any) -> Response:
        name = str(request.path_params["name"])
        snapshot = self._console.alarms.get()
        if not any(alarm.name == name for alarm in snapshot.value or ()):
            return self._pages.answer(request, "missing", {"trouble_found": None}, status=404)
        values = {"name": name, "what": what, "result": self._console.part(lambda: run(name))}
        return self._pages.answer(request, "alarm_result", values | {"plotted": _plotted})

    def _read(self, known: AlarmState, value: object) -> dict[str, Any]:
        reading = value if isinstance(value, AlarmReading) else None
        alarm = reading.alarm if reading else None
        return {
            "reading": reading,
            "plot": alarm_plot(reading) if reading else None,
            "strip": STRIP,
            "waits_for": alarm_in_words(alarm) if alarm else "",
            "metric_alarm": alarm if isinstance(alarm, MetricAlarm) else None,
            "children": self._children(alarm) if isinstance(alarm, CompositeAlarm) else (),
            "behind": self._bugs_behind(known),
            "backtest_days": BACKTEST_DAYS,
        }

    def _children(self, alarm: CompositeAlarm) -> list[tuple[str, str]]:
        states = {alarm.name: alarm.state for alarm in self._console.alarms.latest.value or ()}
        children = [(name, states.get(name, "")) for name in parse_rule(alarm.rule).children]
        return sorted(children, key=lambda child: (child[1] != "ALARM", child[0]))

    def _bugs_behind(self, known: AlarmState) -> list[BugEntry]:
        """Open bugs of the alarm's function, the latest first."""
        function = next(
            (
                function
                for function in self._console.stage.watched
                if function.key == known.function
            ),
            None,
        )
        if function is None:
            return []
        bugs = self._console.bugs.get().value or ()
        found = [bug for bug in bugs if bug.state in OPEN and function.name in bug.functions]
        return sorted(found, key=lambda bug: bug.last_seen, reverse=True)[:MOST_BUGS]

    def _scenarios(self, name: str) -> ScenarioResults:
        console = self._console
        alarms = with_children(console, name)
        outcomes = run_files([*folders(console.root)], alarms, console.stage.suffix).outcomes
        return ScenarioResults(
            tuple(prove(alarms)), tuple(outcome for outcome in outcomes if outcome.alarm == name)
        )

    def _backtest(self, name: str, days: int) -> tuple[BacktestReport, AlarmReport]:
        console = self._console
        account, stage = console.account, console.stage
        alarms = with_children(console, name)
        history = gather(console.root, stage, account, alarms, days)
        report = backtest(
            alarms,
            history,
            name,
            past=lambda alarm: lived(account, alarm, history.start, history.end),
        )
        return report, next(alarm for alarm in report.alarms if alarm.name == name)


def with_children(console: Console, name: str) -> LoadedAlarms:
    """The alarm ``name`` and all that it looks at, as they are deployed."""
    found: dict[str, dict[str, Any]] = {}
    wanted = [name]
    while wanted:
        described = alarm_states.describe(console.account, wanted)
        found |= described
        alarms = [
            alarm for description in described.values() for alarm in loaded(description).composite
        ]
        children = {child for alarm in alarms for child in parse_rule(alarm.rule).children}
        wanted = sorted(children - found.keys())
    return alarms_described(
        {
            "MetricAlarms": [alarm for alarm in found.values() if "AlarmRule" not in alarm],
            "CompositeAlarms": [alarm for alarm in found.values() if "AlarmRule" in alarm],
        }
    )


def changes(account: Account, name: str) -> list[StateUpdate]:
    """The newest state changes of an alarm, newest first."""
    answer = account.client("cloudwatch").describe_alarm_history(
        AlarmName=name,
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        HistoryItemType="StateUpdate",
        ScanBy="TimestampDescending",
        MaxRecords=MOST_CHANGES,
    )
    return [_change(item) for item in answer.get("AlarmHistoryItems", ())]


def _change(item: dict[str, Any]) -> StateUpdate:
    try:
        data = json.loads(item.get("HistoryData") or "{}")
        old, new = data.get("oldState", {}), data.get("newState", {})
        return StateUpdate(
            item["Timestamp"],
            str(old.get("stateValue", "")),
            str(new.get("stateValue", "")),
            str(new.get("stateReason", "")),
        )
    except (ValueError, AttributeError, RecursionError):
        return StateUpdate(item["Timestamp"], "", "", str(item.get("HistorySummary", "")))


def _plotted(report: BacktestReport, alarm: AlarmReport) -> Markup:
    if alarm.replayed is None:
        return Markup()
    # The plot escapes the one text of others that is in it.
    return Markup(svg(alarm.replayed, report.start, report.end))  # noqa: S704
