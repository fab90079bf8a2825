"""How tasks are called: in messages as the user called this one, in files as everybody can.

``./inv``, ``tocsin`` and ``invoke`` run the same tasks, and not each is there in every folder.
"""

import sys
from pathlib import Path

from tocsin import product

SCRIPT, PROGRAM = "./inv", "tocsin"
_OF_INVOKE = frozenset({"invoke", "inv"})


def typed(task: str) -> str:
    """``task``, with its options, as it is typed where this process was started."""
    return f"{_program(sys.argv[0] if sys.argv else '')} {task}"


def of_project(root: Path) -> str:
    """The command that whoever has the project in ``root`` has: its own script, or the program."""
    return SCRIPT if (root / "inv").is_file() else PROGRAM


def _program(started_as: str) -> str:
    """``started_as`` is what Python has as the name of the program, with its folder or without."""
    if started_as == "inv":  # the script of that name hands over no folder; invoke's own does
        return SCRIPT
    name = Path(started_as).stem
    if name in _OF_INVOKE or name == PROGRAM:
        return name
    match Path(started_as).parts[-2:]:  # `python -m`
        case ("invoke", "__main__.py"):
            return "invoke"
        case (_, "__main__.py") as parts if parts[0] == PROGRAM:
            return f"python -m {PROGRAM}"
    return PROGRAM if product.is_installed() else SCRIPT
