"""While a drill makes functions fail, and as long as anything may tell of it, nobody is told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tocsin.config import Watched
from tocsin.drill import wiring
from tocsin.drill.calm import calm_down
from tocsin.drill.causes import Causes
from tocsin.drill.context import Bench, Subject
from tocsin.drill.mute import clear_rules, in_alarm_by_themselves, muted
from tocsin.drill.stage_alarms import composite_alarms, metric_alarms, sight


class Quiet:
    """Of one drill on ``functions``, of which ``called`` are made to fail.

    Made before they are: an alarm that is in ALARM by then is so by itself.
    """

    def __init__(
        self,
        bench: Bench,
        causes: Causes,
        called: Sequence[Subject],
        functions: Sequence[Watched],
    ) -> None:
        self._bench = bench
        self._causes = causes
        self._called = called
        self._alarms = metric_alarms(bench, functions)
        self._pages = composite_alarms(bench, functions)
        self._loud = in_alarm_by_themselves(bench, self._alarms)
        # What is above an alarm tells as long as the alarm does.
        self._sight_s = bench.clock.slack_s + sight(bench.states(self._alarms).values())
        self._calm = False

    @contextmanager
    def pages(self) -> Iterator[None]:
        """The composite alarms tell nobody: they change when the state of one below them does.

        Raises:
            NotMuted: AWS does not let it.
        """
        with muted(self._bench, self._pages, self._sight_s, lambda: self._calm):
            yield

    @contextmanager
    def alarms(self) -> Iterator[None]:
        """Neither do the alarms below; when the block has ended, good calls are made.

        Raises:
            NotMuted: AWS does not let it.
        """
        bench = self._bench
        with muted(bench, self._alarms, self._sight_s, lambda: self._calm):
            yield
            self._calm = calm_down(bench, self._causes, self._called, self._alarms, self._loud)
            # Then what a drill that was killed has muted is over as well.
            calm = (*self._alarms, *self._pages) if self._calm else ()
            clear_rules(bench.account, bench.stage, calm)
            # They have their first data from the drill, and would tell that they are OK.
            wiring.set_ok(bench, bench.in_state("INSUFFICIENT_DATA", self._alarms))
