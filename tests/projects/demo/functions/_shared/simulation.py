"""How a demo invocation goes: as its event asks, or else by chance.

An event ``{"simulate": "error" | "slow" | "timeout" | "memory" | "exit" | "ok"}`` decides.
Without it, a call fails in SIMULATED_ERROR_RATE percent of the cases (7 by default) and takes a
random time around SIMULATED_LATENCY_MS (120 by default), skewed as the latency of real backends is.
"""

import math
import os
import random
import sys
import time
from typing import Any, NoReturn

DEFAULT_ERROR_RATE = 7.0
DEFAULT_LATENCY_MS = 120.0
SLOW_S = 0.7  # over the latency alarm's 500 ms; a drill waits for several of them
# How long after its time or its memory a call goes on: a busy machine may be late in ending it.
BEYOND_S = 30
# Of the logarithm of the latency: the slowest of a hundred calls takes about three times the mean.
_SPREAD = 0.5


def backend_fails(event: dict[str, Any], context: Any) -> bool:
    """Take the time a backend would take; whether it fails then."""
    wanted = event.get("simulate")
    match wanted:
        case "error":
            return True
        case "ok":
            return False
        case "slow":
            time.sleep(SLOW_S)
            return False
        case "timeout":
            time.sleep(context.get_remaining_time_in_millis() / 1000 + BEYOND_S)
            return False
        case "memory":
            _outgrow(int(context.memory_limit_in_mb))
        case "exit":
            sys.exit("the backend took the process with it")
        case None:
            time.sleep(_latency_s())
            return random.uniform(0, 100) < _setting("SIMULATED_ERROR_RATE", DEFAULT_ERROR_RATE)
    raise ValueError(f"simulate is {wanted!r}; use error, slow, timeout, memory, exit or ok")


def _outgrow(limit_mb: int) -> NoReturn:
    # Bounded, for a platform that does not end it: zeroed, so that every page is really taken.
    hoard = [bytearray(1 << 20) for _ in range(2 * limit_mb)]
    time.sleep(BEYOND_S)
    raise MemoryError(f"{len(hoard)} MB taken and the function goes on")


def _latency_s() -> float:
    mean_ms = _setting("SIMULATED_LATENCY_MS", DEFAULT_LATENCY_MS)
    if mean_ms <= 0:
        return 0.0
    return random.lognormvariate(math.log(mean_ms) - _SPREAD**2 / 2, _SPREAD) / 1000


def _setting(name: str, default: float) -> float:
    return float(os.environ.get(name) or default)
