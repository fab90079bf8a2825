"""What lines of a log say about invocations, in Lambda's text and JSON log formats alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """An invocation began: until the next one does, the log is about this."""

    at: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Finished:
    """An invocation is over; its REPORT follows."""

    at: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Report:
    """The platform's account of an invocation. Milliseconds, MB; None where it does not say.

    ``told_apart`` is whether the format keeps a handler's own exception apart from the
    platform's failures: text gives a status to the latter only.
    """

    at: int
    request_id: str
    status: str
    error_type: str = ""
    duration_ms: float | None = None
    memory_mb: int | None = None
    used_mb: int | None = None
    cold: bool = False
    trace_id: str = ""
    told_apart: bool = True

    @property
    def failed(self) -> bool:
        return self.status in ("timeout", "error", "failure")

    @property
    def memory_is_full(self) -> bool:
        return self.memory_mb is not None and (self.used_mb or 0) >= self.memory_mb


@dataclass(frozen=True, slots=True)
class Ended:
    """The platform ended the invocation, or saw the process end; ``text`` says how.

    ``seconds`` is the time-out that a line about one names, else 0; ``after_report`` whether
    the line is of a form that only stands after REPORT.
    """

    at: int
    request_id: str
    text: str
    error_type: str
    seconds: float = 0.0
    after_report: bool = False


@dataclass(frozen=True, slots=True)
class RuntimeFault:
    """The runtime could not start the handler, or not deal with what went in or came out.

    ``request_id`` is empty where the line has none: in the text format, and in Init.
    """

    at: int
    error_type: str
    message: str
    stack: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordedElsewhere:
    """errorlog recorded this invocation's end elsewhere than in the table, or counted it only."""

    at: int
    request_id: str


@dataclass(frozen=True, slots=True)
class InitFailed:
    """Init failed. It is no invocation, so no Error by itself: one that needs it follows."""

    at: int


Fact = Started | Finished | Report | Ended | RuntimeFault | RecordedElsewhere | InitFailed
