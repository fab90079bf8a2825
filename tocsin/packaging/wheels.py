"""The packages of a lock as Lambda runs them: wheels for its system, installed once per lock."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tocsin.config import Function, Stage
from tocsin.exceptions import InputError
from tocsin.packaging import archive
from tocsin.typed_command import typed

CACHE = Path(".tocsin/packages")
# The C library of the systems that Lambda's runtimes are on, the newest that a wheel may ask for:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_AMAZON_LINUX_2, _AMAZON_LINUX_2023 = 26, 34
_GLIBC = {"python3.11": _AMAZON_LINUX_2}
_OLDEST_GLIBC = 17
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
# Not code: left out of an archive so that a cold start reads less. `dist-info` stays, since
# packages may ask for their own version.
_UNUSED_FOLDERS = ("bin",)
_UNUSED_FILES = ("/RECORD", "/REQUESTED")


class RequirementsLockError(InputError):
    """The packages of a lock cannot be installed; the message ends with what pip says."""


@dataclass(frozen=True)
class Target:
    """Where wheels are to run: ``name`` in words, Python's version, and how pip is told."""

    name: str
    python: str
    options: tuple[str, ...]


def target_of(stage: Stage, function: Function | None = None) -> Target:
    """Lambda, as ``function`` runs there; for the local stage this machine, whose Python runs all.

    Without a function, as most of the stage's do: for what they share.
    """
    if stage.is_local:
        return this_machine()
    runs = function or stage
    tags = (f"--platform={platform}" for platform in platforms(runs.runtime, runs.architecture))
    version = runs.runtime.removeprefix("python")
    return Target(
        f"{runs.runtime} on {runs.architecture}", version, (*tags, f"--python-version={version}")
    )


def this_machine() -> Target:
    version = ".".join(map(str, sys.version_info[:2]))
    return Target(f"python{version} on {sysconfig.get_platform()}", version, ())


def platforms(runtime: str, architecture: str) -> list[str]:
    """Tags of the wheels that run on Lambda, best first (PEP 600)."""
    machine = _MACHINES[architecture]
    newest = _GLIBC.get(runtime, _AMAZON_LINUX_2023)
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, _OLDEST_GLIBC - 1, -1)]
    return [*tags, f"manylinux2014_{machine}"]


def files(root: Path, lock: Path, target: Target, inside: str = "") -> dict[str, Path]:
    """The files of the packages that ``lock`` names, by their name in an archive.

    ``root`` is the project, which keeps them.

    Raises:
        RequirementsLockError: pip cannot install them, or one has no version and hash.
    """
    folder = installed(root, lock, target)
    return {
        name: path
        for name, path in archive.files_below(folder, inside).items()
        if path.relative_to(folder).parts[0] not in _UNUSED_FOLDERS
        and not name.endswith(_UNUSED_FILES)
    }


def installed(root: Path, lock: Path, target: Target) -> Path:
    """The folder with the installed packages; a lock that is not new is not installed again.

    Raises:
        RequirementsLockError: as :func:`files`.
    """
    content = lock.read_bytes() + target.name.encode()
    key = hashlib.sha256(content).hexdigest()[:16]
    folder = root / CACHE / key
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{key}-", suffix=".part", dir=folder.parent))
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile",
        *target.options, "--target", str(unfinished), "--requirement", str(lock),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.returncode:
            unfinished.chmod(0o755)
            try:
                unfinished.rename(folder)
            except OSError:
                if not folder.is_dir():  # else somebody has installed the same meanwhile
                    raise
            return folder
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    shown = lock.relative_to(root) if lock.is_relative_to(root) else lock
    raise RequirementsLockError(
        f"{shown.as_posix()}: found packages that cannot be installed for {target.name}; "
        f"accepted: wheels, each with version and hashes, as `{typed('lock')}` writes them\n"
        f"{done.stderr.strip()}"
    )
