"""What the drill found, one check at a time."""

import time
from dataclasses import asdict, dataclass
from enum import StrEnum

from tocsin.exceptions import InputError


class ProtectedStage(InputError):
    """Making functions fail on a protected stage takes a --yes."""

    def __init__(self, stage: str) -> None:
        super().__init__(
            f"stage {stage} is protected: found neither --wiring nor --yes; accepted: "
            f"`invoke smoke-test --stage {stage} --wiring` (no traffic), or --yes to make its "
            "functions fail"
        )


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One link of one function's chain. ``detail`` names what broke, or why it was skipped."""

    function: str
    check: str
    result: Result
    seconds: float
    detail: str = ""

    @property
    def failed(self) -> bool:
        return self.result is Result.FAILED

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "seconds": round(self.seconds, 2)}


class Stopwatch:
    """Seconds since it was made or last read by :meth:`lap`."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def lap(self) -> float:
        now = time.monotonic()
        passed, self._began = now - self._began, now
        return passed
