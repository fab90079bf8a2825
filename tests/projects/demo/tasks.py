"""The tasks of this project, for Invoke: `./inv --list` shows them, `./inv --help deploy` one."""

from pathlib import Path

from tocsin.cli.tasks import namespace as tasks_of

namespace = tasks_of(Path(__file__).resolve().parent)
