"""A finding where errorlog does not see what a handler raises, or nobody can tell."""

from collections.abc import Iterator

from tocsin.check.handler_places import place_of
from tocsin.check.handler_wrapping import wrapping
from tocsin.check.wrapping_verdicts import Wrapping
from tocsin.config import Function
from tocsin.findings import Finding, Severity

FINDINGS = {
    Wrapping.INSIDE: (
        Severity.WARNING,
        "{} has another decorator around record_errors; what that raises is not recorded: put "
        "record_errors outermost",
    ),
    Wrapping.PARTLY: (Severity.WARNING, "{} is decorated with errorlog on one path and not on all"),
    Wrapping.ELSEWHERE: (
        Severity.WARNING,
        "{} comes from a package, and whether errorlog decorates it is not known",
    ),
    Wrapping.UNKNOWN: (
        Severity.WARNING,
        "whether errorlog decorates {} is not to be seen from its text: put @record_errors above "
        "a function of that name, or assign errorlog.record_errors(...) to it",
    ),
    Wrapping.ITEMS: (
        Severity.ERROR,
        "{} is decorated with record_item_errors, which is for one item of a batch: take "
        "record_errors",
    ),
    Wrapping.BARE: (Severity.ERROR, "{} is not decorated with errorlog"),
}


def wrapper(function: Function) -> Iterator[Finding]:
    """A finding where errorlog does not see what the handler raises, or nobody can tell."""
    found = wrapping(function.folders, function.handler)
    if found not in FINDINGS and found is not None:
        return
    severity, message = FINDINGS[found or Wrapping.BARE]
    message = message.format(place_of(function))
    yield Finding(severity, "completeness/wrapper", function.key, message)
