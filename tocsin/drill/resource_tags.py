"""Who made what a drill makes, and until when it is needed: what is left of one that was killed
can be told from what another is using."""

import os
import socket
import time
from collections.abc import Mapping

from tocsin.config import Stage

# Longer than any drill takes: whose holder cannot be asked is over after that.
_GOOD_FOR_S = 4 * 3600
STAGE_TAG, HOLDER_TAG, EXPIRES_TAG = "tocsin:drill", "tocsin:holder", "tocsin:expires"


def tags(stage: Stage) -> dict[str, str]:
    """Of what this process makes for a drill on ``stage``; the expiry in epoch seconds."""
    return {
        STAGE_TAG: stage.stack_name,
        HOLDER_TAG: f"{socket.gethostname()}/{os.getpid()}",
        EXPIRES_TAG: str(int(time.time()) + _GOOD_FOR_S),
    }


def is_over(found: Mapping[str, str], stage: Stage) -> bool:
    """Whether these are of a drill on ``stage`` whose process is gone, or whose time is over."""
    if found.get(STAGE_TAG) != stage.stack_name:
        return False
    try:
        if time.time() >= float(found.get(EXPIRES_TAG, 0)):
            return True
    except ValueError:
        return True
    host, _, process = found.get(HOLDER_TAG, "").rpartition("/")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
