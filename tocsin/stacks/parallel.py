"""Work on several stacks at a time."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tocsin.stacks.stack import Stack


def each_of(stacks: Sequence[Stack], work: Callable[[Stack], None], *, at_once: int) -> None:
    """``work`` on every stack, ``at_once`` at a time.

    Where it raises for one, those that have begun are waited for, no further one begins, and the
    error of the first in order is raised.
    """
    failed = threading.Event()

    def unless_failed(stack: Stack) -> None:
        if failed.is_set():
            return
        try:
            work(stack)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(max(1, min(at_once, len(stacks)))) as pool:
        running = [pool.submit(unless_failed, stack) for stack in stacks]
        try:
            for future in running:
                future.result()
        except BaseException:
            failed.set()  # Ctrl-C, too
            raise
