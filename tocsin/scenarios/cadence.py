"""What alarms make of a function that is called at some cadence and begins to fail.

Minute by minute as CloudWatch would: a call's metrics have the time at which it began, and arrive
one to three minutes after it ended. The engine decides each state.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import random
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tocsin.cloudwatch import MetricAlarm, MetricStore, State, Watch
from tocsin.scenarios.edge_search import START
from tocsin.scenarios.synthetic_traffic import SyntheticCalls, put_calls

MINUTE = 60
_DELAYS = (1, 2, 3)
# An asynchronous call that fails is tried again after a minute, and after two more.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_RETRIES_AFTER = (60, 180)
# Between rare calls nothing happens: after a call's metrics have come, each minute is looked at
# this long, and then so many times until the next call.
_LIVELY = 10 * MINUTE
_QUIET_STEPS = 60


@dataclass(frozen=True)
class Traffic:
    """Calls every ``every`` seconds, ``share`` of which fail (0 to 1) while the outage lasts.

    ``good`` calls before it, ``bad`` during it, ``after`` it; a failing call takes ``duration``
    seconds. ``retried``: the calls are asynchronous, and each that fails is made three times.
    """

    every: float
    share: float = 1.0
    duration: float = 0.1
    good: int = 10
    bad: int = 10
    after: int = 0
    retried: bool = False
    seed: int = 1


@dataclass(frozen=True)
class Outage:
    """What became of it. ``minutes`` from the first failing call to ALARM, None: never.

    ``failing_calls``: those whose metrics had arrived by then (events, where calls are retried).
    ``changes`` to ALARM, of the alarms together; ``recovery``: minutes from the first good call
    until none is in ALARM, None: not within the traffic, or not needed.
    """

    minutes: int | None
    failing_calls: int | None
    changes: int
    recovery: int | None


@dataclass(frozen=True)
class _Call:
    began: float
    arrives: float
    failed: bool
    event: int


def outage(alarms: Sequence[MetricAlarm], traffic: Traffic) -> Outage:
    """Take ``alarms``, all of one function, through ``traffic``; they begin in OK."""
    calls = _calls(traffic)
    first_bad = next((call.began for call in calls if call.failed), None)
    if first_bad is None:
        return Outage(None, None, 0, None)
    dimensions = next(
        query.stat.metric.dimensions
        for alarm in alarms
        for query in alarm.queries
        if query.stat is not None
    )
    waiting = deque(sorted(calls, key=lambda call: call.arrives))
    last_bad = max(call.began for call in calls if call.failed)
    ok_from = min(
        (call.began for call in calls if call.began > last_bad and not call.failed), default=None
    )
    store, watches = MetricStore(), [Watch(alarm) for alarm in alarms]
    instants = list(_instants(calls, first_bad, traffic))
    arrived: set[int] = set()
    arrived_by: list[int] = []
    for at in instants:
        arrivals: Counter[tuple[int, bool]] = Counter()
        while waiting and waiting[0].arrives <= at:
            call = waiting.popleft()
            arrivals[int(call.began // MINUTE) * MINUTE, call.failed] += 1
            if call.failed:
                arrived.add(call.event)
        arrived_by.append(len(arrived))
        for (minute, failed), count in arrivals.items():
            times = np.array([minute], dtype=np.int64)
            put_calls(store, dimensions, times, SyntheticCalls(count, count if failed else 0))
        for alarm, watch in zip(alarms, watches, strict=True):
            if at % alarm.evaluation_interval == 0:
                watch.look(store, at)
    alarmed_at, failing, changes, ended = None, None, 0, None
    in_alarm = False
    for at, failed_by, now in zip(
        instants, arrived_by, _any_in_alarm(alarms, watches, instants), strict=True
    ):
        if now and not in_alarm:
            changes += 1
            if alarmed_at is None:
                alarmed_at, failing = at, failed_by
        if in_alarm and not now and ok_from is not None and at >= ok_from:
            ended = at
        in_alarm = now
    return Outage(
        None if alarmed_at is None else round((alarmed_at - first_bad) / MINUTE),
        failing,
        changes,
        None if ended is None or ok_from is None or in_alarm else round((ended - ok_from) / MINUTE),
    )


def _any_in_alarm(
    alarms: Sequence[MetricAlarm], watches: Sequence[Watch], instants: Sequence[int]
) -> list[bool]:
    """Whether one of them is in ALARM at each instant; between its own it keeps its state."""
    found = [False] * len(instants)
    for alarm, watch in zip(alarms, watches, strict=True):
        states, state = iter(watch.states(State.OK)), State.OK
        for index, at in enumerate(instants):
            if at % alarm.evaluation_interval == 0:
                state = next(states)
            found[index] = found[index] or state is State.ALARM
    return found


def _calls(traffic: Traffic) -> list[_Call]:
    chance = random.Random(traffic.seed)
    begin = START + chance.random() * min(traffic.every, 3_600)
    calls = []
    for number in range(traffic.good + traffic.bad + traffic.after):
        at = begin + number * traffic.every
        during = traffic.good <= number < traffic.good + traffic.bad
        failed = during and chance.random() < traffic.share
        # The first one of an outage is where it begins.
        failed = failed or (number == traffic.good and traffic.share > 0)
        tries = (0, *_RETRIES_AFTER) if failed and traffic.retried else (0,)
        for wait in tries:
            ends = at + wait + (traffic.duration if failed else 0.1)
            # Metrics of one minute arrive together.
            delay = _DELAYS[int((at + wait) // MINUTE) * 7919 % 1009 % 3] * MINUTE
            calls.append(_Call(at + wait, ends + delay, failed, number))
    return calls


def _instants(calls: Sequence[_Call], first_bad: float, traffic: Traffic) -> Iterator[int]:
    """The minutes at which the alarms are looked at, from the first failing call on."""
    start = int(first_bad // MINUTE) * MINUTE
    # The alarms have long seen the good calls before.
    end = int(max(call.arrives for call in calls) // MINUTE) * MINUTE + 5 * MINUTE
    if traffic.after:
        end += int(min(2 * traffic.every, 3_600))
    quiet = max(MINUTE, int(traffic.every / _QUIET_STEPS) // MINUTE * MINUTE)
    arrivals = deque(sorted(call.arrives for call in calls if call.arrives >= start))
    lively_until, at = float(start), start
    while at <= end:
        while arrivals and arrivals[0] <= at + quiet:
            lively_until = max(lively_until, arrivals.popleft() + _LIVELY)
        yield at
        at += MINUTE if at < lively_until else quiet
