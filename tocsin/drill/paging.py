"""Whether somebody is woken, and once: the stage's composite alarm while the functions fail.

It rides on the alarms that the drill makes fire anyway.
"""

from collections.abc import Iterator, Sequence

from tocsin import names
from tocsin.config.selection import STAGE
from tocsin.drill import diagnosis
from tocsin.drill.checks import Check, Kind, Link, Result, Stopwatch, not_shown, outcome
from tocsin.drill.context import Bench
from tocsin.drill.mute import muted_by


def unmoved(of_alarms: Sequence[Check]) -> str:
    """Why the page may stay silent, by the checks of the alarms that lead to it; empty: it may not.

    Where nothing could be shown of any of them, nothing can be of what rides on them.
    """
    fired = [check for check in of_alarms if check.link is Link.ALARM]
    if not fired or any(check.result is not Result.NOT_SHOWN for check in fired):
        return ""
    return f"no alarm that it looks at fired for the drill; {fired[0].function}: {fired[0].detail}"


class Paging:
    """Made before the functions fail; ``checks`` after they have recovered."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._name = names.stage_health(bench.stage.suffix)
        if bench.in_state("ALARM", [self._name]):
            # It follows the alarms that it looks at by some moments.
            bench.let_pass_until("OK", {self._name}, bench.clock.slack_s)
        self._before = bench.states([self._name]).get(self._name)

    def checks(self) -> Iterator[Check]:
        """The page, and that it was called off."""
        if self._before is None:
            broken = f"stack -> alarm: {self._name} is not deployed"
            yield outcome(STAGE, Kind.PAGE, Link.NOTIFIED, broken, 0)
            return
        if self._before["StateValue"] == "ALARM":
            reason = self._before.get("StateReason", "")
            why = f"{self._name} was in ALARM already, and pages once: {reason}"
            yield not_shown(STAGE, Kind.PAGE, Link.NOTIFIED, why)
            return
        for state, link in self._links():
            watch = Stopwatch()
            broken = "" if self._seen(state) else self._silent(state)
            rule = muted_by(self._bench.account, self._name) if broken else ""
            if rule and self._went_to(state):
                yield not_shown(STAGE, Kind.PAGE, link, f"{self._name} is muted by {rule}")
                continue
            yield outcome(STAGE, Kind.PAGE, link, broken, watch.lap())
            if broken:
                return

    def _links(self) -> tuple[tuple[str, Link], ...]:
        if self._bench.heard:
            return (("ALARM", Link.NOTIFIED), ("OK", Link.OK_NOTIFIED))
        return (("ALARM", Link.ALARM), ("OK", Link.OK))

    def _seen(self, state: str) -> bool:
        if self._bench.heard:
            return self._bench.probe.find(self._name, state) is not None
        return self._went_to(state)

    def _silent(self, state: str) -> str:
        """Why no page came: it did not change, or it told nobody."""
        alarm = self._bench.states([self._name])[self._name]
        if not self._went_to(state):
            return (
                f"alarm -> composite alarm: {self._name} did not go to {state}; its rule is "
                f"{alarm.get('AlarmRule')}"
            )
        return diagnosis.missing_notification(
            self._bench.account, alarm, self._bench.topics.pages, state
        )

    def _went_to(self, state: str) -> bool:
        """Whether it changed to ``state`` since the functions were made to fail."""
        history = self._bench.account.client("cloudwatch").describe_alarm_history(
            AlarmName=self._name,
            AlarmTypes=["CompositeAlarm"],
            HistoryItemType="StateUpdate",
            MaxRecords=20,
        )["AlarmHistoryItems"]
        before = (self._before or {}).get("StateUpdatedTimestamp")
        return any(
            f"to {state}" in entry["HistorySummary"]
            for entry in history
            if before is None or entry["Timestamp"] > before
        )
