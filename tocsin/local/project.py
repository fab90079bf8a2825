"""This project's local stage: where its files are, on which port, and whether it runs."""

import os
from pathlib import Path

from tocsin.exceptions import InputError
from tocsin.local import stage
from tocsin.local.errors import LocalStageError
from tocsin.local.stage import LocalStage

PORT_VARIABLE = "TOCSIN_LOCAL_PORT"
_FOLDER = Path(".tocsin/local")


def start(root: Path, region: str, port: int | None = None) -> LocalStage:
    """Start it, or return the one that runs.

    ``port`` wins over ``TOCSIN_LOCAL_PORT``, which wins over the default.

    Raises:
        LocalStageError: the port is taken, or the stage did not come up.
        InputError: ``TOCSIN_LOCAL_PORT`` is not a port.
    """
    running = stage.status(root / _FOLDER)
    if running is not None and port is None:
        return running
    return stage.start(port or _port(), root / _FOLDER, region=region)


def stop(root: Path) -> bool:
    """End it with everything it holds; False when none ran."""
    return stage.stop(root / _FOLDER)


def running(root: Path) -> LocalStage:
    """The one that runs.

    Raises:
        LocalStageError: none does.
    """
    found = stage.status(root / _FOLDER)
    if found is None:
        raise LocalStageError(
            "the local stage is not running: `invoke local-start`, or `invoke deploy --stage local`"
        )
    return found


def _port() -> int:
    text = os.environ.get(PORT_VARIABLE, "")
    if not text:
        return stage.PORT
    if not text.isdecimal() or not 1024 <= int(text) <= 65_535:
        raise InputError(f"{PORT_VARIABLE}: found {text!r}; accepted: a port from 1024 to 65535")
    return int(text)
