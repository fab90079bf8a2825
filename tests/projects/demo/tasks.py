"""The tasks of this project, for Invoke: `./inv --list` shows them, `./inv --help deploy` one."""

from tocsin.tasks import namespace

__all__ = ["namespace"]
