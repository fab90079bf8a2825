"""The commits that may have brought a bug: those between the last good release and the first bad
one that touch the files of its stack trace.

Releases and paths come from records, which may be anybody's: git is given a name only where it has
the form of one, after ``--end-of-options``, and paths as literal ones. Nothing of git that runs
other programs is on.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tocsin.bugs.bug import Bug
from tocsin.bugs.states import Regressed, names_one_build
from tocsin.config import Stage

MOST = 20
_MAX_FILES = 20
_TIMEOUT_S = 20
_RELEASE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_/+.-]{0,127}")
_HASH = re.compile(r"[0-9a-f]{40,64}")
_FRAME = re.compile(r'File "(?:/var/task/)?(?P<path>[\w][\w./-]{0,255}\.py)", line \d')
_TOP = re.compile(r"(?P<path>[\w][\w./-]{0,255}\.py):\d")
_MAX_TRACE = 100_000
# No pager, hook, monitor, external diff or converter: what a repository's configuration may name.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager",
         "--literal-pathspecs")  # fmt: skip
_SHARED = "functions/_shared"
_FIELDS = 4
_WHOLE = "the checkout is shallow: `git fetch --unshallow --tags`"


@dataclass(frozen=True)
class SuspectCommit:
    """A commit by its hash; ``at`` is ISO 8601 with its offset."""

    commit: str
    at: str
    author: str
    subject: str


@dataclass(frozen=True)
class Suspects:
    """Commits after ``good`` up to ``bad``, newest first; ``why`` says why there are none.

    ``files`` are those of the stack trace or, where no commit touches one, the functions' folders.
    """

    good: str
    bad: str
    files: tuple[str, ...] = ()
    commits: tuple[SuspectCommit, ...] = ()
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "files": list(self.files),
                "commits": [asdict(commit) for commit in self.commits]}  # fmt: skip


def suspects(
    root: Path,
    stage: Stage,
    bug: Bug,
    releases: Mapping[str, str],
    record: Mapping[str, Any] | None = None,
) -> Suspects:
    """The commits that are suspected of ``bug``; never raises for what a record holds.

    ``releases`` are those of the stage, in their order; ``record`` is the bug's newest.
    """
    bad = bug.state.release if isinstance(bug.state, Regressed) else bug.first_release
    good = _release_before(bad, releases)
    if not names_one_build(bad):
        return Suspects(good, bad, why="its first release is no commit")
    if not good:
        return Suspects(good, bad, why=f"no release before {bad} is known")
    if not names_one_build(good):
        return Suspects(good, bad, why=f"the release before {bad} is no commit")
    named = files_of(root, stage, bug, record or {})
    folders = _folders(root, stage, bug)
    # A time-out and an exit have no stack, and the cause may stand where the trace does not go.
    searches = [files for files in (named, folders) if files]
    if not searches:
        return Suspects(good, bad, why="its functions have no file in the project")
    files = searches[0]
    shallow = (_git(root, "rev-parse", "--is-shallow-repository") or "").strip()
    if shallow not in ("true", "false"):
        return Suspects(good, bad, files, why="the project is no git checkout, or git is not there")
    since, until = _commit(root, good), _commit(root, bad)
    if not since or not until:
        missing = bad if since else good
        hint = f"; {_WHOLE}" if shallow == "true" else ""
        return Suspects(good, bad, files, why=f"{missing} is no commit of this checkout{hint}")
    if shallow == "true" and _git(root, "rev-list", "--max-parents=0", f"{since}..{until}"):
        # Where history is cut a commit seems to have brought every file.
        return Suspects(
            good, bad, files, why=f"what is between {good} and {bad} is not here; {_WHOLE}"
        )
    for files in searches:
        found = _log(root, since, until, files)
        if found is None:
            return Suspects(good, bad, files, why="git does not answer")
        if found:
            return Suspects(good, bad, files, found)
    return Suspects(
        good, bad, files, why=f"no commit from {good} to {bad} touches {', '.join(files)}"
    )


def files_of(root: Path, stage: Stage, bug: Bug, record: Mapping[str, Any]) -> tuple[str, ...]:
    """Files of the project that the stack trace may mean, from the project's folder."""
    trace = str(record.get("stackTrace", ""))[:_MAX_TRACE]
    named = [*_TOP.findall(bug.top_frame), *reversed(_FRAME.findall(trace))]
    folders = _folders(root, stage, bug)
    found: dict[str, None] = {}
    for path in dict.fromkeys(named):
        if ".." in path.split("/"):
            continue
        for folder in (*folders, _SHARED):
            if (root / folder / path).is_file():
                found[f"{folder}/{path}"] = None
    return tuple(found)[:_MAX_FILES]


def _folders(root: Path, stage: Stage, bug: Bug) -> tuple[str, ...]:
    """Where the code of the functions is that the bug fails in, from the project's folder."""
    found = [
        function.source.relative_to(root).as_posix()
        for function in stage.functions
        if function.name in bug.functions and function.source.is_relative_to(root)
    ]
    return tuple(found)[:_MAX_FILES]


def _release_before(bad: str, releases: Mapping[str, str]) -> str:
    order = sorted(releases, key=lambda release: releases[release])
    position = order.index(bad) if bad in order else 0
    return order[position - 1] if position else ""


def _commit(root: Path, release: str) -> str:
    """The hash of what git calls ``release``; empty where it knows no such commit."""
    if not _RELEASE.fullmatch(release) or ".." in release:
        return ""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{release}^{{commit}}")
    said = (_git(root, *asked) or "").strip()
    return said if _HASH.fullmatch(said) else ""


def _log(
    root: Path, since: str, until: str, files: Sequence[str]
) -> tuple[SuspectCommit, ...] | None:
    said = _git(
        root, "log", f"--max-count={MOST}", "--no-ext-diff", "--no-textconv", "--no-show-signature",
        "-z", "--format=%H%x00%aI%x00%an%x00%s", f"{since}..{until}", "--", *files,
    )  # fmt: skip
    if said is None:
        return None
    # The one character that neither a name nor a subject can have.
    fields = said.removesuffix("\0").split("\0") if said else []
    return tuple(
        SuspectCommit(*fields[first : first + _FIELDS])
        for first in range(0, len(fields) - _FIELDS + 1, _FIELDS)
    )


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],  # noqa: S607
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return done.stdout.decode("utf-8", "replace")
