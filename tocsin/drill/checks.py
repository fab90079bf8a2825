"""What the drill found, one link at a time."""

import time
from dataclasses import asdict, dataclass
from enum import StrEnum

from tocsin.exceptions import InputError
from tocsin.typed_command import typed


class ProtectedStage(InputError):
    """Making functions fail on a protected stage takes a --yes."""

    def __init__(self, stage: str) -> None:
        super().__init__(
            f"stage {stage} is protected: found neither --wiring nor --yes; accepted: "
            f"`{typed(f'smoke-test --stage {stage} --wiring')}` (no traffic), or --yes to make its "
            "functions fail"
        )


class Kind(StrEnum):
    """What is looked at, or done to a function. The values are those of ``--only``."""

    SUBSCRIBERS = "subscribers"
    SUCCESS = "success"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    EXIT = "exit"
    ANSWER = "answer"
    ITEMS = "items"
    IMPORT_ERROR = "import-error"
    EXCEPTION = "exception"
    LATENCY = "latency"
    THROTTLE = "throttle"
    PAGE = "page"
    WIRING = "wiring"


class Link(StrEnum):
    """The links of the chain from a failure to the people."""

    ANSWERED = "answered"
    RAISED = "raised"
    RECORDED = "recorded"
    SUBSCRIBED = "subscribed"
    ALARM = "ALARM"
    NOTIFIED = "notified"
    OK = "OK"
    OK_NOTIFIED = "OK notified"
    CONFIRMED = "confirmed"


class Result(StrEnum):
    """``NOT_SHOWN``: nothing speaks against it, and nothing was seen of it either."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class Check:
    """One link of one kind of failure of one function.

    ``seconds`` is how long it took to be seen; ``detail`` names what broke, why it was not shown,
    or by what a link was seen that is not the function's own failure.
    """

    function: str
    kind: Kind
    link: Link
    result: Result
    seconds: float
    detail: str = ""

    @property
    def failed(self) -> bool:
        return self.result is Result.FAILED

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "seconds": round(self.seconds, 2)}


@dataclass(frozen=True)
class RowEnd:
    """All is said of one kind of one function."""

    function: str
    kind: Kind


Finding = Check | RowEnd


def outcome(function: str, kind: Kind, link: Link, broken: str, seconds: float) -> Check:
    """A check that failed with the link named in ``broken``, or passed where that is empty."""
    result = Result.FAILED if broken else Result.PASSED
    return Check(function, kind, link, result, seconds, broken)


def not_shown(function: str, kind: Kind, link: Link, why: str) -> Check:
    return Check(function, kind, link, Result.NOT_SHOWN, 0, why)


class Stopwatch:
    """Seconds since it was made or last read by :meth:`lap`."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def lap(self) -> float:
        now = time.monotonic()
        passed, self._began = now - self._began, now
        return passed
