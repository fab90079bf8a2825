"""The local stages of a project: where their files are, on which port, and whether they run.

Each has a folder of its name, and its port in the record there: several of one checkout, and of
several checkouts, run side by side.
"""

import os
from pathlib import Path

from tocsin.config.local_names import LOCAL, is_local
from tocsin.exceptions import InputError
from tocsin.local import ports, stage
from tocsin.local.errors import LocalStageError
from tocsin.local.running_stage import LocalStage
from tocsin.typed_command import typed

PORT_VARIABLE = "TOCSIN_LOCAL_PORT"
FULL_SPEED_VARIABLE = "TOCSIN_LOCAL_FULL_SPEED"
_FOLDER = Path(".tocsin")


def start(
    root: Path,
    region: str,
    port: int | None = None,
    name: str = LOCAL,
    *,
    full_speed: bool | None = None,
) -> LocalStage:
    """Start it, or return the one that runs.

    ``port`` wins over ``TOCSIN_LOCAL_PORT``, which wins over the default; where nothing was
    asked for and the default is taken, the system chooses one. ``full_speed`` wins over
    ``TOCSIN_LOCAL_FULL_SPEED``, which wins over what Lambda gives a function.

    Raises:
        LocalStageError: the port is taken, the stage did not come up, it does not answer, or one
            runs that is not as asked.
        InputError: ``TOCSIN_LOCAL_PORT`` is not a port, ``TOCSIN_LOCAL_FULL_SPEED`` not 0 or 1,
            or the stage is not a local one.
    """
    directory = _directory(root, name)
    running = stage.status(directory)
    if running is not None:
        if port is None and full_speed is None:
            return running
        port = port or running.port
    elif full_speed is None:
        full_speed = _asked_full_speed()
    return stage.start(
        port or _asked_port() or _free_port(), directory, region=region, full_speed=full_speed
    )


def stop(root: Path, name: str = LOCAL) -> bool:
    """End it with everything it holds; False when none ran.

    Raises:
        InputError: the stage is not a local one.
    """
    return stage.stop(_directory(root, name))


def running(root: Path, name: str = LOCAL) -> LocalStage:
    """The one that runs.

    Raises:
        LocalStageError: none does, or it does not answer.
        InputError: the stage is not a local one.
    """
    found = stage.status(_directory(root, name))
    if found is None:
        option = "" if name == LOCAL else f" --stage {name}"
        raise LocalStageError(
            f"the local stage is not running: `{typed(f'local-start{option}')}`, "
            f"or `{typed(f'deploy --stage {name}')}`"
        )
    return found


def all_running(root: Path) -> list[str]:
    """The names of those that run; one that does not answer is none."""
    found = []
    for directory in sorted((root / _FOLDER).glob(f"{LOCAL}*")):
        try:
            if is_local(directory.name) and stage.status(directory) is not None:
                found.append(directory.name)
        except LocalStageError:
            continue
    return found


def _directory(root: Path, name: str) -> Path:
    if not is_local(name):
        raise InputError(
            f"--stage: found {name!r}, which is no local stage; accepted: {LOCAL}, or a stage of "
            f"monitoring.yml whose name begins with {LOCAL}-"
        )
    return root / _FOLDER / name


def _asked_full_speed() -> bool:
    text = os.environ.get(FULL_SPEED_VARIABLE, "")
    if text not in ("", "0", "1"):
        raise InputError(f"{FULL_SPEED_VARIABLE}: found {text!r}; accepted: 0 or 1")
    return text == "1"


def _asked_port() -> int | None:
    text = os.environ.get(PORT_VARIABLE, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or not 1024 <= int(text) <= 65_535:
        raise InputError(f"{PORT_VARIABLE}: found {text!r}; accepted: a port from 1024 to 65535")
    return int(text)


def _free_port() -> int:
    return ports.any_free() if ports.why_taken(stage.PORT) else stage.PORT
