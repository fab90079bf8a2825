"""The Lambda layer: errorlog/ and the locked dependencies every function shares."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tocsin import archive
from tocsin.exceptions import TocsinError

LOCK = Path("requirements/layer.lock")
CACHE = Path(".tocsin/layer")
_PLATFORM = "manylinux2014_x86_64"  # what Lambda's x86_64 runtimes run
# Not code: left out of the archive so that a cold start reads less. `dist-info`
# stays, since packages may ask for their own version.
_UNUSED = ("bin",)


def build(root: Path, runtime: str, target: Path) -> None:
    """Write the layer's archive for ``runtime`` (``python3.11``) to ``target``."""
    installed = _install(root, runtime)
    files = {
        name: path
        for name, path in archive.files_below(installed, "python").items()
        if name.split("/")[1] not in _UNUSED and not name.endswith(("/RECORD", "/REQUESTED"))
    }
    files |= archive.files_below(root / "errorlog", "python/errorlog")
    archive.write(target, files)


def _install(root: Path, runtime: str) -> Path:
    """Install the lock's packages once per lock and runtime; return the folder."""
    lock = root / LOCK
    key = hashlib.sha256(lock.read_bytes() + runtime.encode()).hexdigest()[:16]
    folder = root / CACHE / key
    if folder.is_dir():
        return folder
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile",
        "--platform", _PLATFORM, "--python-version", runtime.removeprefix("python"),
        "--target", str(unfinished), "--requirement", str(lock),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TocsinError(f"the layer's packages could not be installed:\n{done.stderr.strip()}")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return folder
