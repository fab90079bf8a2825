"""The stage's clock: the wall clock plus an offset that only grows.

A drill advances it by minutes in a moment; between two advances it runs with the wall.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator


class StageClock:
    """Stage time, in epoch seconds UTC. Safe to read and advance from any thread."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._offset = 0.0
        self._lock = threading.Lock()

    @property
    def offset(self) -> float:
        """Seconds the stage is ahead of the wall clock."""
        with self._lock:
            return self._offset

    def now(self) -> float:
        """The present of the stage."""
        return self._wall() + self.offset

    def at_wall(self, wall_time: float) -> float:
        """Stage time of something a function stamped with its own (wall) clock just now."""
        return wall_time + self.offset

    def advance(self, seconds: float) -> None:
        """Move the stage forward; it never goes back.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"the clock cannot go back ({seconds} s)")
        with self._lock:
            self._offset += seconds


def boundaries(after: float, until: float, step: int) -> Iterator[int]:
    """Multiples of ``step`` in (after, until], in order."""
    first = (int(after) // step + 1) * step
    yield from range(first, int(until) + 1, step)
