"""``stacks.lock.yml``: the committed memory of which stack each function is in."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tocsin.config.assignment import CAPACITY, MAIN
from tocsin.config.document import read as read_document
from tocsin.exceptions import InputError

LOCK_FILE = "stacks.lock.yml"

# From here on a change may open a second stack, and who was in the first must be known by then.
REMEMBER_FROM = CAPACITY // 2 + 1

_HEADER = """\
# Which CloudFormation stack each function is in; 1 is the main stack. Written by `invoke render`.
# Commit it: a function whose number is lost would move to another stack. docs/decisions/stacks.md
"""


class StacksLockError(InputError):
    """stacks.lock.yml is wrong or gone; the message says what to do."""


def read_lock(root: Path) -> dict[str, int]:
    """Function -> stack number as committed; empty where there is no file.

    Raises:
        StacksLockError: the file is not a mapping of names to numbers from 1 on, or it is missing
            although git tracks it.
    """
    file = root / LOCK_FILE
    if not file.exists():
        if _tracked(root):
            raise StacksLockError(
                f"{LOCK_FILE}: found no file, though git knows it: without it functions would "
                f"move to other stacks; accepted: `git checkout -- {LOCK_FILE}`"
            )
        return {}
    document = read_document(file)
    problems = [f"{LOCK_FILE}:{document.line(problem.path)}: found {problem.found}; "
                f"accepted: {problem.accepted}" for problem in document.problems]  # fmt: skip
    data = {} if document.data is None else document.data
    if not problems and not isinstance(data, dict):
        problems.append(f"{LOCK_FILE}:1: found {data!r}; accepted: lines such as `orders: {MAIN}`")
    entries = data if isinstance(data, dict) else {}
    problems += [
        f"{LOCK_FILE}:{document.line((str(name),))}: {name}: found {number!r}; "
        f"accepted: a stack's number, {MAIN} or more"
        for name, number in entries.items()
        if type(number) is not int or number < MAIN
    ]
    if problems:
        raise StacksLockError("\n".join(problems))
    return {str(name): number for name, number in entries.items()}


def write_lock(root: Path, numbers: Mapping[str, int]) -> Path | None:
    """Write what is new to the file; None where it says so already, or is not needed yet.

    A few functions are all in the main stack and leave no file.
    """
    file = root / LOCK_FILE
    if not file.exists() and len(numbers) < REMEMBER_FROM:
        return None
    text = _HEADER + "".join(f"{_key(name)}: {number}\n" for name, number in _by_stack(numbers))
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return None
    file.write_text(text, encoding="utf-8")
    return file


def uncommitted(root: Path) -> bool:
    """Whether the file says something that git does not know; false outside a git checkout."""
    return (root / LOCK_FILE).exists() and bool(_git(root, "status", "--porcelain", LOCK_FILE))


def _key(name: str) -> str:
    """``name`` as YAML: quoted where it is more than a name, as an address in a template."""
    return name if re.fullmatch(r"[A-Za-z][\w-]*", name) else json.dumps(name)


def _by_stack(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda item: (item[1], item[0]))


def _tracked(root: Path) -> bool:
    return bool(_git(root, "ls-files", LOCK_FILE))


def _git(root: Path, *arguments: str) -> str:
    """What git prints; nothing where there is no git or no checkout."""
    if not _is_in_a_checkout(root):
        return ""
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout


def _is_in_a_checkout(root: Path) -> bool:
    """Where git would look for one: every reading of monitoring.yml would start it to hear no."""
    folder = root.resolve()
    return "GIT_DIR" in os.environ or any(
        (above / ".git").exists() for above in (folder, *folder.parents)
    )
