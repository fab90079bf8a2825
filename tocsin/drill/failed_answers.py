"""Answers that report a failure, of functions whose alarm counts them: successes to Lambda."""

from collections.abc import Collection, Iterable, Iterator

from errorlog.settings import DEFAULT_ANSWERS, ITEMS
from tocsin.config import Function, Watched
from tocsin.drill import record_checks, traffic
from tocsin.drill.causes import Causes
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, not_shown, outcome
from tocsin.drill.context import Bench, Subject
from tocsin.drill.outcomes import broken_answer
from tocsin.drill.platform_failures import Calls

_KINDS = (Kind.ANSWER, Kind.ITEMS)


def counting(function: Watched) -> tuple[Kind, ...]:
    """The kinds of answers of ``function`` that count as its failures."""
    if not isinstance(function, Function) or not function.answers_namespace:
        return ()
    given = function.record_answers
    answers = set(DEFAULT_ANSWERS if given is None else given)
    status, items = bool(answers - {ITEMS}), ITEMS in answers
    return tuple(kind for kind, counts in zip(_KINDS, (status, items), strict=True) if counts)


def reported(subjects: Iterable[Subject], only: Collection[Kind]) -> list[tuple[Subject, Kind]]:
    """The rows of ``subjects`` that are about answers, of the kinds in ``only``."""
    return [
        (subject, kind)
        for subject in subjects
        for kind in counting(subject.function)
        if kind in only
    ]


def failed_answer(
    bench: Bench, causes: Causes, subject: Subject, kind: Kind, calls: Calls
) -> Iterator[Check]:
    """The row ``kind`` of one function; ``calls`` hears of the end of its call."""
    watch = Stopwatch()
    try:
        cause = causes.of(subject.function, kind)
        if isinstance(cause, str):
            yield not_shown(subject.key, kind, Link.ANSWERED, cause)
            return
        answer = traffic.attempt(bench.account, subject.function, cause.make())
    finally:
        calls.ended()
    broken = broken_answer(kind, answer, cause)
    yield outcome(subject.key, kind, Link.ANSWERED, broken, watch.lap())
    if not broken:
        yield record_checks.of_platform(bench, subject.function, kind, answer)
