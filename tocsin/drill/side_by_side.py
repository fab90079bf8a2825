"""Jobs that run beside each other, each handing over what it finds as soon as it is found."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

Found = TypeVar("Found")
Job = Callable[[], Iterator[Found]]


class Overdue(Exception):
    """The jobs are not done, and it is time to stop waiting for them."""


class _Ended(Generic[Found]):
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def side_by_side(
    jobs: Sequence[Job[Found]], at_once: int, deadline: float | None = None
) -> Iterator[Found]:
    """What ``jobs`` find, in the order in which it is found.

    The threads do not keep the process alive: who interrupts a drill does not wait for calls that
    take 15 minutes. No further job begins once this is closed.

    Raises:
        Overdue: it is ``deadline`` (monotonic) and something is still going on.
        Whatever a job raises.
    """
    waiting = list(reversed(jobs))
    found: queue.SimpleQueue[Found | _Ended[Found]] = queue.SimpleQueue()

    def work() -> None:
        while True:
            try:
                job = waiting.pop()
            except IndexError:
                return
            error = None
            try:
                for result in job():
                    found.put(result)
            except BaseException as raised:
                error = raised
            found.put(_Ended(error))

    for _ in range(min(at_once, len(jobs))):
        threading.Thread(target=work, daemon=True).start()
    going_on = len(jobs)
    try:
        while going_on:
            said = found.get(timeout=_until(deadline))
            if not isinstance(said, _Ended):
                yield said
                continue
            going_on -= 1
            if said.error is not None:
                raise said.error
    except queue.Empty:
        raise Overdue from None
    finally:
        waiting.clear()


def _until(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
