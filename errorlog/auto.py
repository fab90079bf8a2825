"""The handler that records what another one raises, without a line in that one's code.

    Handler: errorlog.auto.handler
    ERROR_LOG_HANDLER: src/orders.handler      # the function's own

The own one is loaded here, when the function starts, by the rule of Lambda's runtime itself: what
cannot be loaded ends the start with the error that it would end with otherwise. A decorated one is
left as it is.
"""

from __future__ import annotations

import os

from errorlog.handler import is_recorded, record_errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

VARIABLE = "ERROR_LOG_HANDLER"
ITSELF = "errorlog.auto"


class MalformedHandlerName(Exception):
    """``ERROR_LOG_HANDLER`` names no handler, where Lambda's own error for that is not at hand."""


def load(name: str) -> Callable[..., Any]:
    """The handler that Lambda would call by ``name``, recorded.

    Raises:
        What Lambda's runtime raises for a handler that it cannot load.
    """
    if not name:
        _malformed(f"{VARIABLE} is not set; it names the function's own handler")
    if name.replace("/", ".").rpartition(".")[0] == ITSELF:
        _malformed(f"{VARIABLE} is {name}, which is this handler itself")
    handler = _runtimes_rule()(name)
    return handler if is_recorded(handler) else record_errors(handler)


def _runtimes_rule() -> Callable[[str], Callable[..., Any]]:
    """How Lambda finds a handler. Its function is not public: pinned by a test."""
    try:
        from awslambdaric.bootstrap import _get_handler
    except ImportError:  # an image with a runtime of its own
        return _same_rule
    return _get_handler  # type: ignore[no-any-return]


def _same_rule(name: str) -> Callable[..., Any]:
    """The rule of ``awslambdaric.bootstrap._get_handler``: a module, with slashes or dots."""
    import importlib

    module, dot, attribute = name.rpartition(".")
    if not dot:
        _malformed(f"Bad handler '{name}': it has no dot")
    found: Callable[..., Any] = getattr(
        importlib.import_module(module.replace("/", ".")), attribute
    )
    return found


def _malformed(message: str) -> NoReturn:
    try:
        from awslambdaric.bootstrap import FaultException
    except ImportError:
        raise MalformedHandlerName(message) from None
    raise FaultException(FaultException.MALFORMED_HANDLER_NAME, message)


handler = load(os.environ.get(VARIABLE, "").strip())
