"""Bytecode: what the source says, for the Python that runs it, the same bytes each time."""

import marshal
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import slow
from tocsin.packaging.bytecode import compiled

pytestmark = slow

HERE = ".".join(map(str, sys.version_info[:2]))
ERRORLOG = Path(__file__).parents[3] / "errorlog"
HEADER, UNCHECKED_HASH = 16, 0b01  # PEP 552


@pytest.fixture
def errorlog():
    return {
        f"python/errorlog/{path.relative_to(ERRORLOG).as_posix()}": path
        for path in ERRORLOG.rglob("*.py")
    }


def test_each_module_has_its_bytecode_where_python_looks_for_it(errorlog, tmp_path) -> None:
    made = compiled({**errorlog, "python/errorlog/py.typed": tmp_path}, HERE, tmp_path)
    tag = sys.implementation.cache_tag
    assert f"python/errorlog/dynamodb/__pycache__/client.{tag}.pyc" in made
    assert len(made) == len(errorlog)
    for file in made.values():
        content = file.read_bytes()
        assert int.from_bytes(content[4:8], "little") == UNCHECKED_HASH
        name = marshal.loads(content[HEADER:]).co_filename  # noqa: S302 - made just now
        assert name in errorlog, "no path of this machine in an archive"


def test_it_is_the_same_bytes_whoever_makes_it(errorlog, tmp_path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    one, other = (compiled(errorlog, HERE, tmp_path / folder) for folder in ("one", "other"))
    assert {name: file.read_bytes() for name, file in one.items()} == {
        name: file.read_bytes() for name, file in other.items()
    }


def test_another_python_gets_sources_alone(errorlog, tmp_path) -> None:
    assert compiled(errorlog, "3.10", tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_does_not_compile_ends_it(tmp_path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text("def (:\n")
    with pytest.raises(subprocess.CalledProcessError):
        compiled({"wrong.py": source}, HERE, tmp_path)


def test_ctrl_c_ends_it_without_a_word_of_its_own(tmp_path) -> None:
    source = tmp_path / "read_for_ever.py"
    os.mkfifo(source)
    script = """
import sys
from pathlib import Path
from tocsin.packaging.bytecode import compiled
python = ".".join(map(str, sys.version_info[:2]))
try:
    compiled({"handler.py": Path(sys.argv[1])}, python, Path(sys.argv[2]))
except KeyboardInterrupt:
    print("interrupted")
"""
    running = subprocess.Popen(
        [sys.executable, "-c", script, str(source), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        start_new_session=True,
    )
    with source.open("w"):  # which waits until it is read
        os.killpg(running.pid, signal.SIGINT)
        # It has the same stderr, so that this ends with both.
        printed, said = running.communicate()
    assert (printed, said, running.returncode) == ("interrupted\n", "", 0)
