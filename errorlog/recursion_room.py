"""Room for the frames of a recording, where a failure comes with hardly any left.

Whoever recurses without end fails at the limit, and what handles that is near it as well.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock

FRAMES = 400
"""More than a recording takes, with all that a first one loads."""
_lock = allocate_lock()
_takers = 0
_usual = 0


def take() -> bool:
    """Raise the limit of the recursion; whether there is something for :func:`give_back`.

    It is of all threads: the first to come raises it, the last to leave gives it back.
    """
    global _takers, _usual
    with _lock:
        if not _takers:
            _usual = sys.getrecursionlimit()
            try:
                sys.setrecursionlimit(_usual)  # refused where it could not be given back
                sys.setrecursionlimit(_usual + FRAMES)
            except RecursionError:
                return False
        _takers += 1
        return True


def _forked() -> None:
    """In a child: what other threads of its parent had taken is nobody's, and nor is the lock."""
    global _lock, _takers
    _lock = allocate_lock()
    if _takers:
        _takers = 0
        sys.setrecursionlimit(_usual)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def give_back() -> None:
    """To be called as deep as :func:`take` was."""
    global _takers
    with _lock:
        if not _takers:
            return  # in a child that was forked meanwhile
        _takers -= 1
        if not _takers:
            sys.setrecursionlimit(_usual)
