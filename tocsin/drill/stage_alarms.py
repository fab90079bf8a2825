"""The alarms that a drill on some functions of a stage can change: theirs, and those above them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tocsin import names
from tocsin.cloudwatch import State, composite_from_api, evaluation_range, parse_rule
from tocsin.config import Stage, Watched
from tocsin.drill.aftermath import sight_s
from tocsin.drill.context import LONGEST_FAILING_S, LONGEST_IN_A_ROW_S, Bench
from tocsin.stacks import stacks_of
from tocsin.stacks.composite_alarms import Health
from tocsin.stacks.own_alarms import own_alarms_of

_SPARE_PERIODS = 2


def metric_alarms(bench: Bench, functions: Sequence[Watched]) -> list[str]:
    """Deployed ones, those on the error log and the collector among them."""
    suffix = bench.stage.suffix
    wanted = [name for function in functions for name in function.alarm_names(suffix).values()]
    wanted += [alarm.name for alarm in own_alarms_of(bench.stage)]
    return list(bench.states(wanted))


def on_no_function(stage: Stage, functions: Sequence[Watched]) -> list[str]:
    """Names of the alarms on the monitoring itself and on APIs; none where only some functions of
    the stage are drilled."""
    if {function.key for function in functions} < {function.key for function in stage.watched}:
        return []
    return [alarm.name for alarm in own_alarms_of(stage)]


def composite_alarms(bench: Bench, functions: Sequence[Watched]) -> list[str]:
    """Deployed ones."""
    suffix = bench.stage.suffix
    wanted = [
        names.function_health(function.key, suffix) for function in functions if function.pages
    ]
    wanted += [name for stack in stacks_of(bench.stage) if (name := Health(stack).stack_alarm)]
    return list(bench.states([*wanted, names.stage_health(suffix)]))


def patience(alarms: Iterable[Mapping[str, Any]]) -> int:
    """Seconds that the slowest of ``alarms`` (from DescribeAlarms) may take to change its state.

    One that fires on more than an hour of failures alone is not waited for: no drill has changed
    it, and it may take days.
    """
    moved = _moved(alarms, LONGEST_FAILING_S)
    return max(
        ((evaluation_range(of, period) + _SPARE_PERIODS) * period for of, period in moved),
        default=0,
    )


def sight(alarms: Iterable[Mapping[str, Any]]) -> int:
    """Seconds until none of ``alarms`` sees a failing call of now, where drills may move it."""
    moved = _moved(alarms, LONGEST_IN_A_ROW_S)
    return max((sight_s(of, period) for of, period in moved), default=0)


def _moved(alarms: Iterable[Mapping[str, Any]], failing_s: int) -> Iterator[tuple[int, int]]:
    """(evaluation periods, period) of those that so many seconds of failures bring to ALARM."""
    for alarm in alarms:
        stats = [
            metric["MetricStat"] for metric in alarm.get("Metrics", ()) if "MetricStat" in metric
        ]
        period = int(stats[0]["Period"] if stats else alarm.get("Period", 60))
        of = int(alarm.get("EvaluationPeriods", 1))
        if int(alarm.get("DatapointsToAlarm", of)) * period <= failing_s:
            yield of, period


def set_right(bench: Bench) -> None:
    """Put the page into the state that is so, where a killed drill left it in one of its own.

    CloudWatch evaluates a metric alarm again within a minute, a composite one when one of its
    children changes. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
    """
    name = names.stage_health(bench.stage.suffix)
    for alarm in bench.states([name]).values():
        if not alarm.get("StateReason", "").startswith(names.DRILL_REASON):
            continue
        state = _computed(bench, alarm)
        if state is not None and state != alarm["StateValue"]:
            bench.account.client("cloudwatch").set_alarm_state(
                AlarmName=name,
                StateValue=str(state),
                StateReason=f"{names.DRILL_REASON}: as its rule says, after one that was killed",
            )


def _computed(bench: Bench, alarm: dict[str, Any]) -> State | None:
    """What the rule says now; None where a child's state is not known."""
    rule = parse_rule(composite_from_api(alarm).rule)
    children = bench.states(rule.children)
    if set(rule.children) - set(children):
        return None
    states = {name: State(child["StateValue"]) for name, child in children.items()}
    return State.ALARM if rule.holds(states) else State.OK
