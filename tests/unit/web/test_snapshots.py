"""Old data stays, and says so."""

import pytest

from tocsin.web.snapshots import Source
from tocsin.web.troubles import Obstacle, Trouble

THROTTLED = Trouble(Obstacle.THROTTLED, "throttled")


class Account:
    """Answers what it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = "first"

    def read(self):
        self.asked += 1
        if self.answer is None:
            raise LookupError
        return self.answer


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def time() -> list[float]:
    return [0.0]


@pytest.fixture
def source(account, time) -> Source:
    def explain(error):
        if isinstance(error, LookupError):
            return THROTTLED
        raise error

    return Source(account.read, explain, 10, lambda: time[0])


def test_one_read_serves_all_until_it_is_old(source, account, time) -> None:
    assert [source.get().value for _ in range(3)] == ["first"] * 3
    assert account.asked == 1
    time[0] = 10
    source.get()
    assert account.asked == 2


def test_a_failed_read_leaves_the_value_and_says_that_it_is_stale(source, account, time) -> None:
    fresh = source.get()
    account.answer, time[0] = None, 10
    stale = source.get()
    assert (stale.value, stale.read_at, stale.trouble) == ("first", fresh.read_at, THROTTLED)
    assert stale.stale
    account.answer, time[0] = "second", 20
    assert (source.get().value, source.get().trouble) == ("second", None)


def test_a_first_read_that_fails_has_no_value(source, account) -> None:
    account.answer = None
    assert (source.get().value, source.get().stale) == (None, False)


def test_the_version_grows_with_what_changes(source, account, time) -> None:
    versions = []
    for answer in ("first", "first", "second", None, None, "second"):
        account.answer = answer
        time[0] += 10
        versions.append(source.get().version)
    assert versions == [1, 1, 2, 3, 3, 4]


def test_a_bug_of_ours_is_said_and_read_past(account, time, logged) -> None:
    """The page has it as a trouble, the terminal its traceback once, and what comes next."""

    def explain(error):
        raise error

    def read():
        return 1 / 0 if account.answer is None else account.answer

    source = Source(read, explain, 10, lambda: time[0])
    assert source.get().value == "first"
    account.answer = None
    for time[0] in (10, 20):
        found = source.get()
        assert (found.value, found.stale, found.version) == ("first", True, 2)
        assert found.trouble.obstacle is Obstacle.BROKEN
        assert "a fault of Tocsin" in found.trouble.what
        assert found.trouble.detail == "ZeroDivisionError: division by zero"
    assert "".join(logged).count("ZeroDivisionError") == 1
    account.answer, time[0] = "first", 30
    assert (source.get().trouble, source.get().version) == (None, 3)


def test_a_value_that_cannot_be_compared_is_a_bug_like_another(account, time) -> None:
    class Incomparable:
        def __eq__(self, other):
            raise RuntimeError("no")

        __hash__ = None

    account.answer = Incomparable()
    source = Source(account.read, lambda error: (_ for _ in ()).throw(error), 10, lambda: time[0])
    assert source.get().trouble.obstacle is Obstacle.BROKEN
