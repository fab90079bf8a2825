"""What a task is: its options, its session, its result as text or JSON, and its exit code.

A task is a function of a :class:`Session` and of its own options. It returns a :class:`TaskResult`,
or None where it has printed all there is; what it cannot do it raises.
"""

import errno
import functools
import inspect
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task
from invoke.tasks import task as invoke_task

from tocsin import terminal
from tocsin.cli import interruption
from tocsin.cli.session import Session
from tocsin.escaping import visible
from tocsin.exceptions import TocsinError
from tocsin.names import DEFAULT_STAGE

_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

ROOT_KEY = "root"
"""Where invoke's configuration has the project's folder, below ``tocsin``; empty: look for it."""

_HELP = {
    "stage": f"stage of monitoring.yml (default {DEFAULT_STAGE})",
    "region": "AWS region, instead of monitoring.yml's",
    "function": "one function, by its key in monitoring.yml or its deployed name",
    "json": "JSON on stdout instead of text",
    "k": "only tests whose name matches (pytest -k)",
}


@dataclass(frozen=True)
class TaskResult:
    """What a task found. ``json`` is a value for --json, ``view`` prints it for people.

    ``failed`` makes the exit code 1.
    """

    json: Any
    view: Callable[[], None]
    failed: bool = False


Body = Callable[..., TaskResult | None]


def task(
    *options: str, on_stage: bool = True, iterable: Sequence[str] = (), **help_of: str
) -> Callable[[Body], Task[Any]]:
    """Make a task of a function of a session.

    ``on_stage`` gives it --stage, and ``options`` name what it has besides its own parameters:
    ``region`` (for the session) and ``json`` (which prints the result so; a task that prints as it
    goes takes ``json`` itself). ``iterable`` names those of its own parameters that may be given
    several times; ``help_of`` has the words for all of its own.
    """

    def wrap(body: Body) -> Task[Any]:
        own = list(inspect.signature(body).parameters.values())[1:]
        prints_itself = "json" in {parameter.name for parameter in own}

        @functools.wraps(body)
        def run(context: Context, *arguments: Any, **keywords: Any) -> None:
            stage = keywords.pop("stage", "") if on_stage else ""
            region = keywords.pop("region", "")
            as_json = not prints_itself and keywords.pop("json", False)
            root = context.tocsin[ROOT_KEY]
            session = Session(Path(root) if root else None, context, stage, region)
            with _Failures():
                result = body(session, *arguments, **keywords)
                if result is None:
                    return
                if as_json:
                    terminal.as_json(result.json)
                else:
                    result.view()
                if result.failed:
                    raise Exit(code=1)

        signature = _signature(own, options, on_stage)
        run.__signature__ = signature  # type: ignore[attr-defined]
        del run.__wrapped__  # invoke would look through it
        words = {name: _HELP[name] for name in signature.parameters if name in _HELP} | help_of
        made: Task[Any] = invoke_task(help=words, iterable=list(iterable))(run)
        return made

    return wrap


def _signature(
    own: list[inspect.Parameter], options: tuple[str, ...], on_stage: bool
) -> inspect.Signature:
    """What invoke makes the options from: its context, what must be given, then what may be."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD

    def added(name: str, default: Any) -> inspect.Parameter:
        return inspect.Parameter(name, kind, default=default)

    required = [parameter for parameter in own if parameter.default is parameter.empty]
    optional = [parameter for parameter in own if parameter.default is not parameter.empty]
    before = [added("stage", "")] if on_stage else []
    before += [added("region", "")] if "region" in options else []
    after = [added("json", False)] if "json" in options else []
    context = inspect.Parameter("context", kind)
    return inspect.Signature([context, *required, *before, *optional, *after])


class _Failures:
    """What is expected to go wrong ends as one message on stderr and an exit code."""

    def __enter__(self) -> None:
        # A CI that runs out of time sends SIGTERM: clean up as on Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TocsinError):
            raise Exit(visible(f"{error}", keep="\n"), code=error.exit_code) from None
        if isinstance(error, KeyboardInterrupt):
            raise Exit(interruption.MESSAGE, code=interruption.EXIT_CODE) from None
        if isinstance(error, Exception) and type(error).__module__.startswith("botocore."):
            raise Exit(visible(f"AWS: {error}", keep="\n"), code=1) from None
        # A read-only checkout, a folder that is not there; a write says no name.
        if isinstance(error, OSError) and error.filename is not None:
            said = f"{error.filename} cannot be used: {error.strerror}"
            if error.errno in _NOT_WRITABLE:
                said += "; use a copy of the project that you may write"
            raise Exit(visible(said), code=2) from None
        if isinstance(error, OSError) and error.errno in _FULL:
            raise Exit(f"nothing more can be written: {error.strerror}", code=2) from None
