"""Which functions ``--function`` means."""

from collections.abc import Sequence

from tocsin.config.resolved_stage import Stage
from tocsin.config.watched_functions import Watched
from tocsin.exceptions import InputError
from tocsin.nearest import nearest

STAGE = "(stage)"
"""Where something is of no single function."""


class UnknownFunction(InputError):
    """--function names none of monitoring.yml's functions."""


def selected(stage: Stage, function: str | None) -> Sequence[Watched]:
    """The functions meant by ``--function``: the one named by key or deployed name, or all."""
    if function is None:
        return stage.watched
    named = [watched for watched in stage.watched if function in (watched.key, watched.name)]
    chosen = named or [watched for watched in stage.watched if function in watched.known_as]
    if not chosen:
        known = nearest(function, [function.key for function in stage.watched])
        raise UnknownFunction(f"--function: found {function!r}; accepted: {known}")
    return chosen
