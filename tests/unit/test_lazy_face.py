"""A room's face gives what it says, each name from its own module, when it is asked for."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import slow
from tocsin import lazy_face

ROOMS = ["tocsin.cloudwatch", "tocsin.triage"]


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_the_face_is_given(room) -> None:
    face = import_module(room)
    for name in face.__all__:
        given = getattr(face, name)
        assert getattr(given, "__name__", name) != f"{room}.{name}", "a module in its place"
    with pytest.raises(AttributeError, match=f"module '{room}' has no attribute 'nothing'"):
        _ = face.nothing


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_that_is_given_late_is_a_modules(room) -> None:
    """The import of a module puts it into its package: from then on the name would be its."""
    face = import_module(room)
    modules = {module.stem for module in Path(str(face.__file__)).parent.iterdir()}
    late = {name for name, _ in lazy_face.face(room)}
    assert modules.isdisjoint(late)


# What takes longer to import than a command that only reads has to do.
SLOW = {"numpy", "rich", "cfnlint", "jinja2", "pyarrow"}


@slow
def test_reading_monitoring_yml_loads_neither_engine_nor_terminal() -> None:
    program = (
        "import sys; import tocsin.cli.tasks.watch, tocsin.aws.account, tocsin.config; "
        "from tocsin.triage import newest; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert SLOW.isdisjoint(done.stdout.split())
