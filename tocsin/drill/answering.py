"""Whether each function answers: its handler by an event of its owner's, or errorlog the drill's.

Asked of every function before anything else is: an event that errorlog does not answer would be
its handler's, and whatever that does then is no failure that was asked for.
"""

from collections.abc import Iterator

from errorlog.invocation import DRILL
from tocsin.drill import traffic
from tocsin.drill.causes import Causes
from tocsin.drill.checks import Check, Kind, Link, Result, Stopwatch, not_shown, outcome
from tocsin.drill.context import Bench, Subject


def answering(bench: Bench, causes: Causes, subject: Subject) -> Iterator[Check]:
    """The row ``success`` of one function."""
    watch = Stopwatch()
    function = subject.function
    cause = causes.of(function, Kind.SUCCESS)
    if isinstance(cause, str):
        yield not_shown(subject.key, Kind.SUCCESS, Link.ANSWERED, cause)
        return
    answer = traffic.attempt(bench.account, function, cause.make())
    seconds = watch.lap()
    bench.answered(answer.seconds)
    if answer.refused:
        causes.give_up(function, f"it could not be called: {answer.refused}")
        broken = f"invoke -> function: {answer.refused}"
    elif cause.forced and answer.payload != {DRILL: "success"}:
        causes.give_up(function, "it does not answer the drill's events, which are its handler's")
        broken = (
            f"invoke -> error log: the handler got {cause.words} and not errorlog; is it decorated "
            "with it, and the layer of this release?"
        )
    elif answer.error:
        said = f"{answer.error_type} ({answer.message[:200]})"
        broken = f"invoke -> handler: {cause.words} ended in {said}"
    else:
        broken = ""
    if broken or not cause.forced:
        yield outcome(subject.key, Kind.SUCCESS, Link.ANSWERED, broken, seconds)
        return
    seen = "errorlog answered; the handler itself was not called"
    yield Check(subject.key, Kind.SUCCESS, Link.ANSWERED, Result.PASSED, seconds, seen)
