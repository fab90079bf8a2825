"""How long a write may take. Waiting and working are counted apart.

Where a function has a fourteenth of a core, loading TLS takes half a second in which nothing is
waited for; a budget that counted it would be too short for the store or too long for a hang.
"""

from __future__ import annotations

import time

from errorlog.dynamodb.failure import TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Deadline:
    """``wait_s`` to wait for others, not counting ``with deadline.work:``; ``total_s`` for both.

    ``step`` names what is waited for, for the message.
    """

    def __init__(
        self, wait_s: float, total_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._wait_s = wait_s
        now = clock()
        self._wait_until = now + wait_s
        self._end = now + total_s
        self._total_s = total_s
        self.step = "connection"

    @property
    def work(self) -> _Work:
        """A block in which the function works and waits for nobody."""
        return _Work(self)

    def left(self) -> float:
        """Seconds that may still be waited, above 0.

        Raises:
            TimedOut: none are left.
        """
        now = self._clock()
        left = min(self._wait_until, self._end) - now
        if left <= 0:
            raise self.over()
        return left

    def total_left(self) -> float:
        """Seconds that are left for work; 0 or less when none are."""
        return self._end - self._clock()

    def part(self, parts: int) -> float:
        """Seconds that one of ``parts`` alike, such as a round trip, may take of all there were."""
        return min(self._wait_s, self._total_s) / parts

    def over(self, spent: float | None = None) -> TimedOut:
        """What to raise when the wait was in vain, of ``spent`` seconds where not of all."""
        if spent is None:
            spent = self._total_s if self._end < self._wait_until else self._wait_s
        return TimedOut(f"{self.step}: nothing came within {spent:.2f} s")

    def now(self) -> float:
        return self._clock()

    def extend(self, seconds: float) -> None:
        """Give back what went into work."""
        self._wait_until += seconds


class _Work:
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = self._deadline.now()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadline.extend(self._deadline.now() - self._began)
