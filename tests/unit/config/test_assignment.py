"""Which stack a function is in: no sequence of changes moves one, or overfills a stack."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import slow
from tocsin import config
from tocsin.config.assignment import CAPACITY, MAIN, assign
from tocsin.config.stacks_lock import (
    LOCK_FILE,
    REMEMBER_FROM,
    StacksLockError,
    read_lock,
    uncommitted,
    write_lock,
)

names = st.text("abcdefgh", min_size=1, max_size=2)
sets = st.lists(st.lists(names, unique=True, max_size=25), max_size=8)


@given(sets, st.integers(1, 6))
def test_no_sequence_of_changes_moves_a_function_or_overfills_a_stack(steps, capacity) -> None:
    numbers = {}
    for functions in steps:
        after = assign(functions, numbers, capacity)
        assert list(after) == functions
        assert {k: after[k] for k in after if k in numbers} == {
            k: numbers[k] for k in after if k in numbers
        }
        assert max(Counter(after.values()).values(), default=0) <= capacity
        numbers = after


@given(sets, st.integers(1, 6))
def test_a_new_function_opens_a_stack_only_where_the_others_are_full(steps, capacity) -> None:
    numbers = {}
    for functions in steps:
        after = assign(functions, numbers, capacity)
        fill = Counter(after.values())
        for new in after.keys() - numbers.keys():
            assert all(fill[lower] >= capacity for lower in range(MAIN, after[new]))
        numbers = after


def test_the_place_of_a_removed_function_is_taken_by_the_next_new_one() -> None:
    assert assign(["a", "c", "d", "e"], {"a": 1, "b": 1, "c": 2}, 2) == {
        "a": 1,
        "c": 2,
        "d": 1,
        "e": 2,
    }


def test_a_stack_that_was_filled_under_a_larger_capacity_keeps_what_it_has() -> None:
    before = dict.fromkeys("abc", 1)
    assert assign("abcd", before, 2) == {**before, "d": 2}


@slow
@given(st.lists(st.lists(st.integers(-8, 8), max_size=8), max_size=12))
def test_the_file_remembers_as_long_as_a_change_is_no_larger_than_it_allows(
    tmp_path_factory, changes
) -> None:
    """The file appears while one stack still holds all, so that opening a second moves nobody."""
    root = tmp_path_factory.mktemp("locked")
    functions = [f"f{number}" for number in range(REMEMBER_FROM - 4)]
    numbers = assign(functions, read_lock(root))
    for change in changes:
        for key in change[: CAPACITY - REMEMBER_FROM]:
            if key < 0:
                del functions[key:]
            else:  # in front: the order of monitoring.yml says nothing of who came first
                functions.insert(0, f"f{len(functions)}-{key}-{sum(map(len, functions))}")
        after = assign(dict.fromkeys(functions), read_lock(root))
        assert all(after[name] == numbers[name] for name in after.keys() & numbers.keys())
        write_lock(root, after)
        numbers = after


def test_a_few_functions_leave_no_file(tmp_path) -> None:
    assert write_lock(tmp_path, dict.fromkeys("abc", 1)) is None
    assert not (tmp_path / LOCK_FILE).exists()


def test_what_is_written_is_read_back_and_written_once(tmp_path) -> None:
    numbers = {f"f{number}": number // CAPACITY + 1 for number in range(REMEMBER_FROM)}
    assert write_lock(tmp_path, numbers) == tmp_path / LOCK_FILE
    assert read_lock(tmp_path) == numbers
    assert write_lock(tmp_path, numbers) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 0\n", f"{LOCK_FILE}:2: b: found 0; accepted: a stack's number, 1 or more"),
        ("a: two\n", f"{LOCK_FILE}:1: a: found 'two'"),
        ("a: true\n", f"{LOCK_FILE}:1: a: found True"),
        ("a: 1\na: 2\n", f"{LOCK_FILE}:1: found a second time on line 2"),
        ("- a\n", f"{LOCK_FILE}:1: found \\['a'\\]; accepted: lines such as `orders: 1`"),
        ("<<<<<<< HEAD\na: 1\n", LOCK_FILE),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, message) -> None:
    (tmp_path / LOCK_FILE).write_text(text)
    with pytest.raises(StacksLockError, match=message):
        read_lock(tmp_path)


def git(root, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)  # noqa: S607


def test_a_file_that_git_knows_and_is_gone_is_an_error(tmp_path) -> None:
    (tmp_path / LOCK_FILE).write_text("a: 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", LOCK_FILE)
    (tmp_path / LOCK_FILE).unlink()
    with pytest.raises(StacksLockError, match=f"git checkout -- {LOCK_FILE}"):
        read_lock(tmp_path)


def _below(folder: Path) -> Path:
    (folder / "teams/shop").mkdir(parents=True)
    git(folder, "init", "-q")
    return folder / "teams/shop"


def _linked_to(folder: Path) -> Path:
    (folder / "there").mkdir()
    git(folder / "there", "init", "-q")
    (folder / "here").symlink_to(folder / "there")
    return folder / "here"


def _of_a_git_elsewhere(folder: Path) -> Path:
    (folder / "work").mkdir()
    git(folder / "work", "init", "-q", f"--separate-git-dir={folder / 'git'}")
    return folder / "work"


@pytest.mark.parametrize("checkout", [_below, _linked_to, _of_a_git_elsewhere])
def test_wherever_the_checkout_begins(tmp_path, checkout) -> None:
    root = checkout(tmp_path)
    (root / LOCK_FILE).write_text("a: 1\n")
    git(root, "add", LOCK_FILE)
    (root / LOCK_FILE).unlink()
    with pytest.raises(StacksLockError, match="git checkout"):
        read_lock(root)


def test_of_a_checkout_that_the_environment_names(tmp_path, monkeypatch) -> None:
    root = tmp_path / "work"
    root.mkdir()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(root))
    (root / LOCK_FILE).write_text("a: 1\n")
    git(root, "init", "-q")
    git(root, "add", LOCK_FILE)
    (root / LOCK_FILE).unlink()
    with pytest.raises(StacksLockError, match="git checkout"):
        read_lock(root)


def test_a_file_that_git_does_not_know_so_is_uncommitted(tmp_path) -> None:
    (tmp_path / LOCK_FILE).write_text("a: 1\n")
    assert not uncommitted(tmp_path)  # no checkout: nobody to commit to
    git(tmp_path, "init", "-q")
    assert uncommitted(tmp_path)
    git(tmp_path, "add", LOCK_FILE)
    assert uncommitted(tmp_path)
    git(tmp_path, "commit", "-qm", "x")
    assert not uncommitted(tmp_path)
    (tmp_path / LOCK_FILE).write_text("a: 1\nb: 1\n")
    assert uncommitted(tmp_path)


def test_groups_follow_the_file_and_leave_out_what_the_stage_does(project) -> None:
    (project / LOCK_FILE).write_text("orders: 1\npayments: 3\nnotifications: 2\n")
    file = project / "monitoring.yml"
    stages = "stages:\n  off: {functions: {notifications: {enabled: false}}}\n"
    file.write_text(file.read_text().replace("stages:\n", stages, 1))
    groups = [[function.key for function in group] for group in config.load(project, "dev").groups]
    assert groups == [["orders"], ["notifications"], ["payments"]]
    groups = [[function.key for function in group] for group in config.load(project, "off").groups]
    assert groups == [["orders"], [], ["payments"]]
