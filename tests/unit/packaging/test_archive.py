"""Archives depend on their content alone."""

import os
import time
import zipfile
from pathlib import Path

from tocsin.packaging import archive


def make(folder: Path) -> Path:
    (folder / "sub").mkdir(parents=True)
    (folder / "b.py").write_text("b = 1\n")
    (folder / "a.py").write_text("a = 1\n")
    (folder / "sub" / "c.txt").write_text("c\n")
    return folder


def test_the_same_files_give_the_same_bytes_whatever_their_times_and_modes(tmp_path: Path) -> None:
    first, second = make(tmp_path / "one"), make(tmp_path / "two")
    os.utime(second / "a.py", (time.time() - 1e6, time.time() - 1e6))
    (second / "b.py").chmod(0o600)
    for name, folder in (("1.zip", first), ("2.zip", second)):
        archive.write(tmp_path / name, archive.files_below(folder))
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_a_changed_byte_changes_the_archive(tmp_path: Path) -> None:
    folder = make(tmp_path / "one")
    archive.write(tmp_path / "1.zip", archive.files_below(folder))
    (folder / "a.py").write_text("a = 2\n")
    archive.write(tmp_path / "2.zip", archive.files_below(folder))
    assert (tmp_path / "1.zip").read_bytes() != (tmp_path / "2.zip").read_bytes()


def test_what_a_machine_leaves_behind_is_left_out(tmp_path: Path) -> None:
    folder = make(tmp_path / "one")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    (folder / "old.pyc").write_bytes(b"x")
    archive.write(tmp_path / "1.zip", archive.files_below(folder, "python"))
    names = archive.names_in(tmp_path / "1.zip")
    assert names == ["python/a.py", "python/b.py", "python/sub/c.txt"]


def test_lambda_may_read_every_file(tmp_path: Path) -> None:
    folder = make(tmp_path / "one")
    (folder / "a.py").chmod(0o600)
    archive.write(tmp_path / "1.zip", archive.files_below(folder))
    with zipfile.ZipFile(tmp_path / "1.zip") as opened:
        modes = {entry.external_attr >> 16 for entry in opened.infolist()}
    assert modes == {0o100644}


def test_what_may_be_executed_still_may(tmp_path: Path) -> None:
    folder = make(tmp_path / "one")
    (folder / "a.py").chmod(0o700)
    archive.write(tmp_path / "1.zip", archive.files_below(folder))
    with zipfile.ZipFile(tmp_path / "1.zip") as opened:
        modes = {entry.filename: entry.external_attr >> 16 for entry in opened.infolist()}
    assert modes == {"a.py": 0o100755, "b.py": 0o100644, "sub/c.txt": 0o100644}
