"""Waiting for what another thread or process is about to do."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

PATIENCE_S = 300
"""Ends a test that would wait forever. It is no limit of what is waited for: a machine that is busy
with other things takes as long as it takes."""

_OF_THE_TIME = 0.05
_LONGEST_PAUSE_S = 0.25


def until(condition: Callable[[], Answer], what: str = "what was waited for") -> Answer:
    """The first answer of ``condition`` that is true.

    What takes long is asked less often: each question may be a request, which another process has
    to answer while it does what is waited for.
    """
    began = time.monotonic()
    while not (answer := condition()):
        waited = time.monotonic() - began
        assert waited < PATIENCE_S, f"{what} did not happen in {PATIENCE_S} s"
        time.sleep(min(max(0.01, _OF_THE_TIME * waited), _LONGEST_PAUSE_S))
    return answer
