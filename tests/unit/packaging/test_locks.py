"""Which locks there are, and that only those asked for are written."""

import pytest

from tocsin.exceptions import InputError
from tocsin.packaging import locks, wheels


@pytest.fixture
def project(tmp_path):
    for file in (
        "requirements/tools.in", "requirements/layer.in", "functions/orders/requirements.in",
        "functions/_shared/requirements.in", "services/shop/requirements.in", "requirements.in",
        "node_modules/x/requirements.in", ".venv/requirements.in", "build/dev/requirements.in",
        "functions/plain/handler.py",
    ):  # fmt: skip
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("six\n")
    return tmp_path


def test_a_lock_stands_beside_what_it_is_made_of(project) -> None:
    found = {
        lock.name: lock.locked.relative_to(project).as_posix() for lock in locks.locks_of(project)
    }
    assert found == {
        "tools": "requirements/tools.lock",
        "layer": "requirements/layer.lock",
        ".": "requirements.txt",
        "functions/_shared": "functions/_shared/requirements.txt",
        "functions/orders": "functions/orders/requirements.txt",
        "services/shop": "services/shop/requirements.txt",
    }


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ("layer", ["layer"]),
        ("orders, tools", ["functions/orders", "tools"]),
        ("services/shop,shop", ["services/shop"]),
    ],
)
def test_only_what_was_asked_for_is_written(project, monkeypatch, only, names) -> None:
    chosen = locks.chosen(project, only)
    assert [lock.name for lock in chosen] == names
    uv = project / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text('#!/bin/sh\nwhile [ "$1" != --output-file ]; do shift; done\necho x > "$2"\n')
    uv.chmod(0o755)
    monkeypatch.setattr(wheels, "installed", lambda *_: project / "uv")
    locks.pin(project, chosen)
    assert {lock.name for lock in locks.locks_of(project) if lock.locked.is_file()} == {*names}


def test_what_uv_says_is_passed_on(project, monkeypatch) -> None:
    uv = project / "uv" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text("#!/bin/sh\necho no versions >&2\nexit 1\n")
    uv.chmod(0o755)
    monkeypatch.setattr(wheels, "installed", lambda *_: project / "uv")
    with pytest.raises(locks.LockingError, match=r"requirements/layer\.in: (.|\n)*no versions"):
        locks.pin(project, locks.chosen(project, "layer"))


def test_a_lock_that_there_is_not_is_bad_input(project) -> None:
    with pytest.raises(InputError, match="--only: found 'oders'; accepted: "):
        locks.chosen(project, "oders")


def test_a_list_that_names_nothing_is_not_all_locks(project) -> None:
    with pytest.raises(InputError, match="--only: found ''; accepted: "):
        locks.chosen(project, ",")


def test_a_folder_in_the_place_of_a_lock_is_named(project) -> None:
    (lock, *_) = locks.locks_of(project)
    lock.locked.unlink(missing_ok=True)
    lock.locked.mkdir()
    with pytest.raises(InputError, match=r"\.lock: found a folder; accepted: a file"):
        locks.pin(project, [lock])
