"""What alarms may still tell of failures that are over.

A window that is longer than a minute is laid anew each minute, and cuts the same calls in another
way: an alarm that is calm now may go off later, and of nothing new.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from tocsin.alarms import AlarmDefinition
from tocsin.alarms.definition import limit_at
from tocsin.cloudwatch import evaluation_interval, evaluation_range

MINUTE = 60

Minutes = Mapping[int, float]
"""How many there were in the minute that begins then, epoch seconds."""


def sight_s(evaluation_periods: int, period: int) -> int:
    """Seconds from a failing call until no evaluation sees it any more.

    As far as the alarm looks back, the minute that the call stands in, and the next evaluation.
    """
    looks_back_s = evaluation_range(evaluation_periods, period) * period
    return looks_back_s + MINUTE + evaluation_interval(evaluation_periods, period)


def may_go_off(
    alarm: AlarmDefinition, calls: Minutes, failures: Minutes, now: int, late_s: int = 0
) -> bool:
    """Whether an alarm on a share of failing calls may go off though none fails from ``now`` on.

    ``calls`` and ``failures`` as they were until ``now``, epoch seconds; of good calls the last
    ``late_s`` seconds may not have come yet. However many follow, or none: of more of them a
    smaller share may be enough (``limits``).
    """
    failing = [minute for minute, count in failures.items() if count]
    if not failing:
        return False
    past = now // MINUTE * MINUTE
    made, failed = _Sums(calls), _Sums(failures)
    forgotten = max(failing) + sight_s(alarm.evaluation_periods, alarm.period)
    return any(
        _breaches(alarm, made, failed, at, past - late_s) for at in range(past, forgotten, MINUTE)
    )


def good_calls_wanted(alarm: AlarmDefinition, calls: Minutes, failures: Minutes, now: int) -> int:
    """So many more now that the failures of the period until now are no share that alarms."""
    begin, end = now - alarm.period, now + MINUTE
    failed, made = _Sums(failures).within(begin, end), _Sums(calls).within(begin, end)
    if not alarm.threshold:
        return 0
    return max(0, int(-(-100 * failed // alarm.threshold) - made))


class _Sums:
    """Of what there was minute by minute."""

    def __init__(self, counts: Minutes) -> None:
        self._first = min(counts, default=0)
        length = (max(counts, default=0) - self._first) // MINUTE + 1
        by_minute = [0.0] * length
        for minute, count in counts.items():
            by_minute[(minute - self._first) // MINUTE] += count
        self._until = [0.0, *accumulate(by_minute)]

    def within(self, begin: int, end: int) -> float:
        """From ``begin`` to ``end``, itself no part of it."""
        return self._before(end) - self._before(begin)

    def _before(self, at: int) -> float:
        place = -(-(at - self._first) // MINUTE)
        return self._until[max(0, min(place, len(self._until) - 1))]


def _breaches(alarm: AlarmDefinition, calls: _Sums, failures: _Sums, at: int, past: int) -> bool:
    """Whether enough of the newest datapoints may breach in the evaluation ``at`` then.

    A period without a call has no datapoint yet, and one that is neither ill nor well has none:
    an older one counts in its place.
    """
    breaching = found = 0
    for number in range(evaluation_range(alarm.evaluation_periods, alarm.period)):
        end = at - number * alarm.period
        made = calls.within(end - alarm.period, end)
        if not made:
            continue
        failed = failures.within(end - alarm.period, end)
        may_breach = _may_breach(alarm, made, failed, more_follow=end > past)
        breaching += may_breach
        found += may_breach or _is_well(alarm, made, failed, more_follow=end > past)
        if breaching >= alarm.datapoints_to_alarm:
            return True
        if found == alarm.evaluation_periods:
            return False
    return False


def _may_breach(alarm: AlarmDefinition, made: float, failed: float, more_follow: bool) -> bool:
    limits = alarm.limits or ((0, alarm.threshold),)
    return any(_exceeded(limits, made, failed, more_follow))


def _is_well(alarm: AlarmDefinition, made: float, failed: float, more_follow: bool) -> bool:
    limits = alarm.recovery_limits
    return not limits or not any(_exceeded(limits, made, failed, more_follow))


def _exceeded(
    limits: tuple[tuple[int, float], ...], made: float, failed: float, more_follow: bool
) -> Iterator[bool]:
    """Whether the share is above the limit, of the calls now and of more that may follow."""
    # Of the calls that are between two limits, the fewest have the largest share of failures.
    for count in (made, *(least for least, _ in limits if least > made and more_follow)):
        yield 100 * failed / count > limit_at(limits, count)
