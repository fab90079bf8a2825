"""The tasks, in the groups that `./inv --list` shows them in: one module a group."""

from importlib import import_module
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.tasks import Task

from tocsin.cli.task import ROOT_KEY

GROUPS = {
    "begin": "Begin",
    "make": "Make",
    "verify": "Verify",
    "deploy": "Deploy",
    "watch": "Watch",
    "error_log": "The error log",
    "bugs": "Bugs",
    "exports": "Beyond one table",
    "local": "The local stage",
    "develop": "Develop",
}
"""The modules here, in the order of the list, and the heading of each."""


def namespace(root: Path | None = None) -> Collection:
    """All tasks, for the project in the folder ``root``, or the one that the caller stands in."""
    collection = Collection()
    collection.configure({"tocsin": {ROOT_KEY: str(root) if root else ""}})
    for tasks in grouped().values():
        for task in tasks:
            collection.add_task(task)
    return collection


def grouped() -> dict[str, list["Task[Any]"]]:
    """The tasks by the heading of their group, in the order in which they are written."""
    return {
        heading: [
            value
            for value in vars(import_module(f"{__name__}.{module}")).values()
            if isinstance(value, Task)
        ]
        for module, heading in GROUPS.items()
    }
