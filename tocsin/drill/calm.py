"""After its failures a drill makes good calls until no alarm would tell of them, now or later."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from tocsin.alarms import AlarmDefinition
from tocsin.alarms.kind import LAMBDA
from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.aws.account import Account
from tocsin.drill.aftermath import MINUTE, Minutes, good_calls_wanted, may_go_off, sight_s
from tocsin.drill.causes import Causes
from tocsin.drill.context import LONGEST_IN_A_ROW_S, Bench, Subject
from tocsin.drill.handler_failures import relieve
from tocsin.drill.stage_alarms import sight
from tocsin.drill.trouble import AWS_ERRORS

# A function may be slow, and others are waiting.
_MOST_GOOD_CALLS = 100


def calm_down(
    bench: Bench,
    causes: Causes,
    subjects: Sequence[Subject],
    alarms: Sequence[str],
    by_themselves: Collection[str] = (),
) -> bool:
    """Whether none of ``alarms`` would tell of what the ``subjects`` were made to do.

    Nor of what a drill before has done to them, for all their calls are looked at. Waits for it
    until the alarm that looks back farthest has forgotten it. ``by_themselves`` were in ALARM
    before.
    """
    began = bench.clock.now()
    waits_s = bench.clock.slack_s  # until then metrics may be on their way
    patience_s = waits_s + sight(bench.states(alarms).values())
    passed_s = 0
    while True:
        telling = _may_go_off(bench, subjects, began)
        loud = bench.seen_in("ALARM", set(alarms)) - set(by_themselves)
        if not telling and not loud and passed_s >= waits_s:
            return True
        if passed_s >= patience_s:
            return False
        relieve(bench, causes, list(subjects))
        for subject in subjects:
            relieve(bench, causes, [subject], telling.get(subject.key, 0))
        bench.let_pass(bench.clock.stride_s)
        passed_s += bench.clock.stride_s


def _may_go_off(bench: Bench, subjects: Sequence[Subject], began: dt.datetime) -> dict[str, int]:
    """The functions with an alarm that may, and how many more good calls might be the end of it."""
    found: dict[str, int] = {}
    for subject in subjects:
        for alarm in subject.alarms:
            wanted = _wanted(bench, alarm, began)
            if wanted is not None:
                found[subject.key] = max(found.get(subject.key, 0), wanted)
    return found


def _wanted(bench: Bench, alarm: AlarmDefinition, began: dt.datetime) -> int | None:
    """How many good calls, None where the alarm stays quiet without any."""
    if alarm.datapoints_to_alarm * alarm.period > LONGEST_IN_A_ROW_S:
        return None  # no drills have made its function fail for so long
    now = int(bench.clock.now().timestamp())
    seen_s = sight_s(alarm.evaluation_periods, alarm.period)
    if alarm.kind != ERROR_RATE.name:
        return 0 if _on_calls(alarm) and now < began.timestamp() + seen_s else None
    try:
        calls, failures = calls_of(bench.account, alarm, now - seen_s, now)
    except AWS_ERRORS:
        return 0  # not known, and looked at again
    if not may_go_off(alarm, calls, failures, now, bench.clock.slack_s):
        return None
    return min(good_calls_wanted(alarm, calls, failures, now), _MOST_GOOD_CALLS)


def _on_calls(alarm: AlarmDefinition) -> bool:
    """Whether what calls do may make it go off, over windows that cut them anew each minute."""
    return (
        alarm.period > MINUTE
        and alarm.comparison_operator.startswith("Greater")
        and all(read.namespace == LAMBDA for read in alarm.reads)
    )


def calls_of(
    account: Account, alarm: AlarmDefinition, since: int, until: int
) -> tuple[Minutes, Minutes]:
    """The calls, and the failures among them, that an alarm on the error rate reads.

    From ``since`` to ``until``, epoch seconds, and those of the minute that has begun.
    """
    request: dict[str, Any] = {
        "MetricDataQueries": [
            {
                "Id": read.id,
                "MetricStat": {
                    "Metric": read.metric_of_api,
                    "Period": MINUTE,
                    "Stat": read.statistic,
                },
            }
            for read in alarm.reads
        ],
        "StartTime": dt.datetime.fromtimestamp(since // MINUTE * MINUTE, dt.UTC),
        "EndTime": dt.datetime.fromtimestamp(until // MINUTE * MINUTE + MINUTE, dt.UTC),
    }
    calls: Counter[int] = Counter()
    failures: Counter[int] = Counter()
    for page in account.client("cloudwatch").get_paginator("get_metric_data").paginate(**request):
        for result in page["MetricDataResults"]:
            counted = calls if result["Id"] == "invocations" else failures
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                counted[int(at.timestamp())] += int(value)
    return calls, failures
