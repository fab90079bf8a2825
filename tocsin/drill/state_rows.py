"""The rows that are seen by setting the states of alarms: what no failure of the drill is for."""

from collections.abc import Collection, Iterator, Sequence

from tocsin.alarms import KINDS as ALARM_KINDS
from tocsin.config.selection import STAGE
from tocsin.drill import wiring
from tocsin.drill.audience import Audience
from tocsin.drill.checks import Finding, Kind, Link, RowEnd, not_shown
from tocsin.drill.context import Bench, Subject
from tocsin.drill.stage_alarms import on_no_function

# The alarms that the drill's own failures make fire. Throttles have a kind of their own.
_FIRED = [name for name, alarm in ALARM_KINDS.items() if alarm.fired_by in ("exception", "latency")]
_DISABLED = "the alarm is disabled in monitoring.yml"
_NO_THROTTLE = (
    "nobody's calls are turned away for a drill, so that no throttle was there for the alarm to "
    "see; its state was set instead"
)
_NO_CAUSE = (
    "the drill makes nothing that these alarms would fire on, or not for as long as they look "
    "back; their states were set instead"
)


class StateRows:
    """Throttles of every function: to be throttled, it would have to turn its callers away. Alarms
    that no failure is for, those on no function among them. All that there is of functions that
    are not called; and where others listen, all of the rest.

    ``uncalled`` are functions of other stacks that nobody gave events or the drill's key.
    """

    def __init__(
        self,
        bench: Bench,
        audience: Audience,
        called: Sequence[Subject],
        uncalled: Sequence[Subject],
        only: Collection[Kind],
    ) -> None:
        self._bench = bench
        self._audience = audience
        self._called = called
        self._uncalled = uncalled
        self._only = only

    def findings(self) -> Iterator[Finding]:
        for subject in (*self._called, *self._uncalled):
            if Kind.THROTTLE in self._only:
                yield from self._throttled(subject)
            if Kind.WIRING in self._only:
                yield from self._further(subject)
        if Kind.WIRING in self._only:
            functions = [subject.function for subject in (*self._called, *self._uncalled)]
            yield from self._wired(STAGE, on_no_function(self._bench.stage, functions))
        for subject in (*self._called, *self._uncalled):
            if subject in self._called and not self._audience.subscribed:
                continue  # its alarms tell by themselves
            for kind, alarm in ((Kind.EXCEPTION, "error-rate"), (Kind.LATENCY, "latency")):
                if kind not in self._only:
                    continue
                if fired := subject.fired(alarm):
                    yield from wiring.checked(
                        self._bench, self._audience, subject.key, kind, fired.name
                    )
                yield RowEnd(subject.key, kind)

    def _throttled(self, subject: Subject) -> Iterator[Finding]:
        throttles = subject.quickest("throttles")
        if throttles is None:
            yield not_shown(subject.key, Kind.THROTTLE, Link.ALARM, _DISABLED)
        else:
            yield not_shown(subject.key, Kind.THROTTLE, Link.ALARM, _NO_THROTTLE)
            yield from wiring.checked(
                self._bench, self._audience, subject.key, Kind.THROTTLE, throttles.name
            )
        yield RowEnd(subject.key, Kind.THROTTLE)

    def _further(self, subject: Subject) -> Iterator[Finding]:
        """The alarms that no kind of failure is for, such as those over longer windows."""
        shown = [subject.quickest("throttles"), *(subject.fired(kind) for kind in _FIRED)]
        further = [alarm.name for alarm in subject.alarms if alarm not in shown]
        yield from self._wired(subject.key, further)

    def _wired(self, function: str, alarms: Sequence[str]) -> Iterator[Finding]:
        if not alarms:
            return
        yield not_shown(function, Kind.WIRING, Link.ALARM, _NO_CAUSE)
        for name in alarms:
            yield from wiring.checked(self._bench, self._audience, function, Kind.WIRING, name)
        yield RowEnd(function, Kind.WIRING)
