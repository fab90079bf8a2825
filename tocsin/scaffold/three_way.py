"""What becomes of one file in an upgrade: from how it was made, how it is, and how it is made now.

Nothing of an owner's is lost: a file that was changed is merged, or stays as it is beside a file
that shows what the product would have there.
"""

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

MERGE_SUFFIX = ".tocsin-merge"
"""Of a file with both changes and the marks of git where they meet."""
NEW_SUFFIX = ".tocsin-new"
"""Of the product's own new file, where nothing could be merged."""


class FileOutcome(StrEnum):
    """What an upgrade does with a file."""

    ADDED = "added"
    REPLACED = "replaced"
    MERGED = "merged"
    REMOVED = "removed"
    CONFLICT = "conflict"
    KEPT = "kept"  # the owner's change, where the product changed nothing
    LEFT_OUT = "left out"  # the owner deleted it, and so it stays
    SAME = "same"


@dataclass(frozen=True)
class UpgradeChange:
    """``content`` is what the file will have, None where it stays as it is or goes.

    Of a conflict it is for the file of the same name with ``suffix``.
    """

    name: str
    outcome: FileOutcome
    content: bytes | None = None
    suffix: str = ""


Merge = Callable[[bytes, bytes, bytes], tuple[bytes, bool] | None]
"""(owner's, base, new) -> the text, and whether it is without conflict; None: cannot be merged."""


def change(
    name: str, base: bytes | None, owned: bytes | None, new: bytes | None, merge: Merge
) -> UpgradeChange:
    """What becomes of ``name``; None is a file that is not there.

    Line ends are no change: a checkout may have all of them as CRLF, and then keeps them.
    """
    if not (owned and _has_crlf(owned)):
        return _change(name, base, owned, new, merge)
    planned = _change(name, _lf(base), _lf(owned), _lf(new), merge)
    if planned.content is None or planned.outcome is FileOutcome.CONFLICT:
        return planned
    return replace(planned, content=planned.content.replace(b"\n", b"\r\n"))


def _has_crlf(content: bytes) -> bool:
    """Whether each of its lines ends so."""
    return 0 < content.count(b"\n") == content.count(b"\r\n")


def _lf(content: bytes | None) -> bytes | None:
    return None if content is None else content.replace(b"\r\n", b"\n")


def _change(
    name: str, base: bytes | None, owned: bytes | None, new: bytes | None, merge: Merge
) -> UpgradeChange:
    if owned == new:
        return UpgradeChange(name, FileOutcome.SAME)
    if new is None:
        return UpgradeChange(name, FileOutcome.REMOVED if owned == base else FileOutcome.KEPT)
    if owned is None:
        outcome = FileOutcome.ADDED if base is None else FileOutcome.LEFT_OUT
        return UpgradeChange(name, outcome, new if base is None else None)
    if owned == base:
        return UpgradeChange(name, FileOutcome.REPLACED, new)
    if new == base:
        return UpgradeChange(name, FileOutcome.KEPT)
    # Where both made a file of this name, there is nothing that both began with.
    merged = None if base is None else merge(owned, base, new)
    if merged is None:
        return UpgradeChange(name, FileOutcome.CONFLICT, new, NEW_SUFFIX)
    text, clean = merged
    if not clean:
        return UpgradeChange(name, FileOutcome.CONFLICT, text, MERGE_SUFFIX)
    return UpgradeChange(name, FileOutcome.SAME if text == owned else FileOutcome.MERGED, text)


def git_merge(owned: bytes, base: bytes, new: bytes) -> tuple[bytes, bool] | None:
    """As `git merge-file` merges; None without git, or of what is no text.

    https://git-scm.com/docs/git-merge-file: it exits with the number of conflicts.
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        names = ("yours", "before", "new")
        for name, content in zip(names, (owned, base, new), strict=True):
            Path(folder, name).write_bytes(content)
        labels = [part for name in names for part in ("-L", name)]
        try:
            done = subprocess.run(
                ["git", "merge-file", "--stdout", "--diff3", *labels, *names],  # noqa: S607
                cwd=folder, capture_output=True, check=False,
            )  # fmt: skip
        except OSError:
            return None
    # 255 and what a signal gives are failures of git's; a conflict counts to 127.
    return (done.stdout, not done.returncode) if 0 <= done.returncode < 128 else None
