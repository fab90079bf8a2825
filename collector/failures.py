"""The facts of a batch -> the failures in it, each once.

Lambda says one failure in several lines. The one that counts is the REPORT: there is exactly one
for each attempt (a retry has the same request id), so a failure is named by its REPORT alone,
and the other lines only tell what happened. Lines whose REPORT says nothing (older formats, and
errors around a handler) stand for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collector.batch import Batch
from collector.lines import (
    AROUND_THE_HANDLER,
    Ended,
    Fact,
    InitFailed,
    Recorded,
    Report,
    RuntimeFault,
    read,
)

OUT_OF_MEMORY = "Runtime.OutOfMemory"
TIMED_OUT = "Sandbox.Timedout"
EXITED = "Runtime.ExitError"

# What the platform itself finds wrong, as against what a handler raised.
_PLATFORMS_OWN = ("Runtime.", "Sandbox.", "Extension.", "Function.ResponseSizeTooLarge")
_ANYBODYS = ("Runtime.Unknown", "Function.Unknown", "")
# Clocks of the platform's lines and of the function differ by little.
SLACK_MS = 1_000
# A retry of the same request comes later than that.
_SAME_END_MS = 5_000


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt. ``at`` (epoch ms) is the time of the line that names it.

    ``stack`` is what the runtime printed, empty where nothing was; ``in_init`` tells that the
    handler was never called.
    """

    at: int
    error_type: str
    message: str
    request_id: str = ""
    stack: str = ""
    report: Report | None = None
    in_init: bool = False

    @property
    def began(self) -> int:
        """When the attempt began at the latest, in epoch ms."""
        duration = self.report.duration_ms if self.report is not None else None
        return self.at - int(duration or 0) - SLACK_MS


def failures(batch: Batch) -> list[Failure]:
    """The failures that ``batch`` tells of, except those that errorlog told of in it."""
    facts = [fact for line in batch.lines if (fact := read(line)) is not None]
    recorded = [fact for fact in facts if isinstance(fact, Recorded)]
    return [
        each
        for each in _all(facts)
        if not any(
            said.request_id == each.request_id and each.began <= said.at <= each.at + SLACK_MS
            for said in recorded
        )
    ]


def _all(facts: list[Fact]) -> Iterator[Failure]:
    told: set[int] = set()  # lines that tell of a REPORT's failure, by identity
    init_failed = False
    faults: list[RuntimeFault] = []
    ends: dict[str, list[Ended]] = {}
    for fact in facts:
        if isinstance(fact, Ended):
            ends.setdefault(fact.request_id, []).append(fact)
    for fact in facts:
        if isinstance(fact, InitFailed):
            init_failed = True
        elif isinstance(fact, RuntimeFault):
            faults.append(fact)
        elif isinstance(fact, Report):
            ended, fault = _end_of(fact, ends.get(fact.request_id, [])), _fault_of(fact, faults)
            told.update(id(each) for each in (ended, fault) if each is not None)
            failure = (
                _reported(fact, ended, fault, init_failed)
                if fact.failed
                else _unreported(fact, ended, fault)
            )
            if failure is not None:
                yield failure
            faults, init_failed = [], False
    for fact in facts:
        if id(fact) in told:
            continue
        if isinstance(fact, Ended):
            yield _ended(fact, None)
        elif isinstance(fact, RuntimeFault) and fact.error_type in AROUND_THE_HANDLER:
            yield _faulty(fact, None)


def _fault_of(report: Report, faults: list[RuntimeFault]) -> RuntimeFault | None:
    """The last fault before the REPORT that may be its own; a failed Init prints its twice."""
    for fault in reversed(faults):
        if fault.request_id in ("", report.request_id):
            return fault
    return None


def _end_of(report: Report, ends: list[Ended]) -> Ended | None:
    """The line about the end of this attempt, before its REPORT or right after it.

    ``ends`` are those of its request, of which there may have been several attempts.
    """
    nearest = min(ends, key=lambda each: abs(each.at - report.at), default=None)
    if nearest is None or abs(nearest.at - report.at) > _SAME_END_MS:
        return None
    return nearest


def _reported(
    report: Report, ended: Ended | None, fault: RuntimeFault | None, init_failed: bool
) -> Failure | None:
    """The failure that a REPORT with a failing status names; None for a handler's own."""
    if report.status == "timeout":
        return _timed_out(report, ended)
    killed = ended is not None and "signal: killed" in ended.text
    if report.error_type == OUT_OF_MEMORY or killed:
        return _out_of_memory(report)
    if fault is not None:
        return _faulty(fault, report)
    if ended is None and not init_failed and not _is_platforms_own(report):
        return None  # an exception, in the JSON format: errorlog saw it
    if report.error_type == EXITED and report.memory_is_full:
        return _out_of_memory(report)
    error_type = report.error_type or (ended.error_type if ended is not None else EXITED)
    message = ended.text if ended is not None else f"Lambda reports {error_type}"
    return Failure(
        report.at, error_type, message, report.request_id, report=report, in_init=init_failed
    )


def _unreported(report: Report, ended: Ended | None, fault: RuntimeFault | None) -> Failure | None:
    """The failure around a REPORT without a failing status."""
    if ended is not None:
        return _ended(ended, report)
    if fault is not None and fault.error_type in AROUND_THE_HANDLER:
        return _faulty(fault, report)
    return None


def _is_platforms_own(report: Report) -> bool:
    if report.told_apart:
        return True
    return report.error_type.startswith(_PLATFORMS_OWN) and report.error_type not in _ANYBODYS


def _timed_out(report: Report, ended: Ended | None) -> Failure:
    seconds = (report.duration_ms or 0) / 1000
    message = ended.text if ended is not None else f"Task timed out after {seconds:.2f} seconds"
    if report.memory_is_full:
        # A function that runs out of memory often does not die of it but crawls.
        full = f"{message}, with memory full: {report.used_mb} of {report.memory_mb} MB"
        return Failure(report.at, OUT_OF_MEMORY, full, report.request_id, report=report)
    return Failure(report.at, TIMED_OUT, message, report.request_id, report=report)


def _out_of_memory(report: Report) -> Failure:
    message = f"Out of memory: {report.used_mb} of {report.memory_mb} MB used"
    return Failure(report.at, OUT_OF_MEMORY, message, report.request_id, report=report)


def _faulty(fault: RuntimeFault, report: Report | None) -> Failure:
    around = fault.error_type in AROUND_THE_HANDLER
    # An ordinary REPORT is not in every batch, so it must not name the failure.
    named_by = report if report is not None and report.failed else None
    return Failure(
        named_by.at if named_by is not None else fault.at,
        fault.error_type,
        fault.message,
        report.request_id if report is not None else fault.request_id,
        fault.stack,
        report,
        in_init=not around,
    )


def _ended(ended: Ended, report: Report | None) -> Failure:
    """Told by the line itself: its REPORT has no status, or is not here."""
    error_type, message = ended.error_type, ended.text
    if "signal: killed" in message:
        error_type = OUT_OF_MEMORY
    if report is not None and report.memory_is_full:
        error_type = OUT_OF_MEMORY
        message += f", with memory full: {report.used_mb} of {report.memory_mb} MB"
    return Failure(ended.at, error_type, message, ended.request_id, report=report)
