"""The console's server: Hypercorn on 127.0.0.1, under a name that no other page has."""

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable

from tocsin import http_serving
from tocsin.escaping import visible
from tocsin.exceptions import InputError, TocsinError
from tocsin.web.admission import Admission
from tocsin.web.application import application
from tocsin.web.console import Console
from tocsin.web.drill_run import DrillRun
from tocsin.web.events import Events
from tocsin.web.guard import Guard

LOOPBACK = "127.0.0.1"
_OWN_NAME_BYTES = 5


class CannotListen(TocsinError):
    """The port is taken, or may not be had."""


def own_name() -> str:
    """A name of this run alone: browsers give each ``*.localhost`` cookies of its own.

    They resolve it themselves: https://datatracker.ietf.org/doc/html/rfc6761#section-6.3
    """
    return f"t-{secrets.token_hex(_OWN_NAME_BYTES)}.localhost"


def checked_host(host: str) -> str:
    """``host``, or a name of this run alone where it is empty.

    Raises:
        InputError: it is neither.
    """
    if host in ("", LOOPBACK):
        return host or own_name()
    raise InputError(
        f"--host: found {host!r}; accepted: {LOOPBACK}, where *.localhost does not lead there"
    )


def listening(port: int) -> socket.socket:
    """A socket on loopback; a free port where ``port`` is 0.

    Raises:
        CannotListen: that port cannot be had.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        raise CannotListen(
            f"port {port} of {LOOPBACK} cannot be listened on: {error}; name another with --port"
        ) from error
    return made


def serve(
    console: Console, host: str, port: int, path: str, announce: Callable[[str], None]
) -> None:
    """Serve until Ctrl-C or SIGTERM; ``announce`` hears each address that lets somebody in.

    ``path`` is the page that the first address leads to.

    Raises:
        InputError: ``host``; CannotListen: ``port``.
    """
    name = checked_host(host)
    admission = Admission()
    listener = listening(port)
    authority = f"{name}:{listener.getsockname()[1]}"

    def say(token: str, page: str = "/bugs") -> None:
        announce(f"http://{authority}{page}#{token}")

    events = Events(console)
    drill = DrillRun(console.root, console.drill_command, lambda: events.tell("drill"))
    guard: Guard = application(console, admission, authority, say, drill=drill, events=events)
    first = admission.new_token()
    if first is not None:
        say(first, path)
    try:
        # Hypercorn closes what it listens on.
        errors = _printable(logging.getLogger("tocsin.web"))
        asyncio.run(http_serving.serve(guard, f"fd://{listener.detach()}", errors))
    finally:
        drill.close()


class _Printable(logging.Formatter):
    """A traceback's message may be anybody's text."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record), keep="\n\t")


def _printable(logger: logging.Logger) -> logging.Logger:
    """What goes wrong, and not that it is served, on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(message)s"))
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.ERROR)
    return logger
