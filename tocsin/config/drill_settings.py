"""What monitoring.yml says of the drill: of the one of all functions, and of a function's own."""

from typing import Any

from tocsin.strict_model import StrictModel


class DrillEvents(StrictModel):
    """Events by which a function's own code succeeds and fails, any JSON; none is needed.

    A kind without an event is asked for by one that errorlog answers (docs/drill.md).
    """

    success: Any = None
    failure: Any = None
    slow: Any = None
    timeout: Any = None
    memory: Any = None
    exit: Any = None


class Drill(DrillEvents):
    """What holds for the drill of all functions: ``answer`` lets errorlog answer its events,
    ``notify`` has those who are told of alarms hear that a drill is held."""

    answer: bool | None = None
    notify: bool | None = None
