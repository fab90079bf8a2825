"""Waiting for what another thread or process is about to do."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

PATIENCE_S = 300
"""Ends a test that would wait forever. It is no limit of what is waited for: a machine that is busy
with other things takes as long as it takes."""


def until(condition: Callable[[], Answer], what: str = "what was waited for") -> Answer:
    """The first answer of ``condition`` that is true."""
    given_up = time.monotonic() + PATIENCE_S
    while not (answer := condition()):
        assert time.monotonic() < given_up, f"{what} did not happen in {PATIENCE_S} s"
        time.sleep(0.01)
    return answer
