"""A file is replaced whole or not at all; what a killed writer left goes with the next."""

import os
from pathlib import Path

import pytest

from tocsin.file_replacement import replace_file


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_writer_that_is_killed_leaves_the_old_file_and_the_next_one_nothing_else(
    tmp_path,
) -> None:
    target = tmp_path / "serverless.yml"
    target.write_text("old")
    process = os.fork()
    if process == 0:  # it ends as by kill -9, with all written and nothing replaced
        Path.replace = lambda *_: os._exit(0)
        replace_file(target, b"new", 0o644)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    assert target.read_text() == "old"
    assert len(names(tmp_path)) == 2
    replace_file(target, b"new", 0o640)
    assert (names(tmp_path), target.read_text()) == (["serverless.yml"], "new")
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "other",
    [f".a-{os.getpid()}-abcdefgh.part", ".a-1.part", ".b-999999999-abcdefgh.part", "a.part"],
    # Two processes that run the suite have to name its tests alike.
    ids=["of a living process", "of another name", "of another file", "no name of ours"],
)
def test_what_a_living_writer_or_somebody_else_has_there_stays(tmp_path, other) -> None:
    (tmp_path / other).write_text("theirs")
    replace_file(tmp_path / "a", b"1", 0o644)
    assert names(tmp_path) == sorted(["a", other])


def test_an_error_names_the_file_and_leaves_it(tmp_path, monkeypatch) -> None:
    target = tmp_path / "a"
    target.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left") as raised:
        replace_file(target, b"new", 0o644)
    assert (raised.value.filename, target.read_text(), names(tmp_path)) == (
        str(target),
        "old",
        ["a"],
    )
