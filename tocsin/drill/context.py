"""What every part of the drill works with: the stage, its clock, the probe, when it all began."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.aws import alarm_states
from tocsin.aws.account import Account
from tocsin.config import Stage, Watched
from tocsin.drill.clock import StageClock
from tocsin.drill.probe import Probe
from tocsin.drill.topics import Topics
from tocsin.drill.traffic import Invocation

# AWS takes requests from a clock that is five minutes off, and records have their function's time.
CLOCKS_DIFFER_MS = 300_000


@dataclass
class Subject:
    """One function under drill, its alarms by kind, and the failures it was made to have."""

    function: Watched
    alarms: Mapping[str, str]
    failures: list[Invocation] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.function.key


@dataclass(frozen=True)
class Bench:
    """One drill on one stage. Nothing of it is older than ``began_ms``, by any clock."""

    account: Account
    stage: Stage
    topics: Topics
    clock: StageClock
    probe: Probe
    began_ms: int = field(default_factory=lambda: int(time.time() * 1000) - CLOCKS_DIFFER_MS)

    def states(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """DescribeAlarms of the ``names`` that are deployed."""
        return alarm_states.describe(self.account, list(names))

    def in_state(self, state: str, names: Iterable[str]) -> set[str]:
        found = self.states(names)
        return {name for name, alarm in found.items() if alarm["StateValue"] == state}

    def let_pass_until(
        self,
        state: str,
        names: set[str],
        patience_s: int,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> set[str]:
        """Let time pass on the stage until all of ``names`` are in ``state``; those that are.

        ``meanwhile`` is called before each pass.
        """
        passed_s = 0
        while True:
            reached = self.in_state(state, names)
            if reached >= names or passed_s >= patience_s:
                return reached
            meanwhile()
            self.clock.let_pass(self.clock.tick_s)
            passed_s += self.clock.tick_s
