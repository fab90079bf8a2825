"""Jobs beside each other: what is found comes at once, and nobody waits for the slowest."""

import queue
import threading
import time

import pytest

from tocsin.drill.side_by_side import Overdue, side_by_side


def test_what_is_found_comes_before_the_others_are_done() -> None:
    go_on = threading.Event()

    def slow():
        go_on.wait()
        yield "slow"

    found = side_by_side([slow, lambda: iter(["quick"])], 2)
    assert next(found) == "quick"
    go_on.set()
    assert list(found) == ["slow"]


def test_no_more_than_so_many_run_at_once() -> None:
    running, most, lock = [0], [0], threading.Lock()

    def job():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        yield "began"
        with lock:
            running[0] -= 1

    assert list(side_by_side([job] * 20, 3)) == ["began"] * 20
    assert most[0] <= 3


def test_what_a_job_raises_is_raised_and_nothing_more_begins() -> None:
    begun, over = [], threading.Event()
    before = set(threading.enumerate())

    def fails():
        raise RuntimeError("a defect")
        yield

    def later():
        begun.append(1)
        yield "begun"
        over.wait()

    with pytest.raises(RuntimeError, match="a defect"):
        [over.set() for _ in side_by_side([fails, *[later] * 3], 1)]
    over.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert len(begun) <= 1, "but for what had begun by then"


def test_a_job_that_does_not_end_is_not_waited_for_beyond_the_deadline() -> None:
    def never():
        threading.Event().wait()
        yield

    with pytest.raises(Overdue):
        list(side_by_side([never], 1, time.monotonic() + 0.05))


@pytest.mark.parametrize("left_s", [None, 1e6])
def test_it_is_waited_for_until_the_deadline_and_without_one_for_good(monkeypatch, left_s) -> None:
    deadline = None if left_s is None else time.monotonic() + left_s
    waited = []

    class Asked(queue.SimpleQueue):
        def get(self, block=True, timeout=None):
            waited.append(timeout)
            return super().get(block, timeout)

    monkeypatch.setattr(queue, "SimpleQueue", Asked)
    assert list(side_by_side([lambda: iter(["found"])], 1, deadline)) == ["found"]
    assert waited
    for timeout in waited:
        assert timeout is None if deadline is None else 1e5 < timeout <= 1e6


def test_no_jobs_find_nothing() -> None:
    assert list(side_by_side([], 4)) == []
