"""Copies of others' code that the pages run, made from the npm lock beside this file.

A wheel has no node_modules, and a page that shows a team's errors loads nothing from elsewhere.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tocsin.exceptions import TocsinError

WEB = Path(__file__).parent
STATIC = WEB / "static"
MANIFEST = STATIC / "vendored.json"
"""Each copy: of which version of which package, by the lock's hash of that, and its own hash."""

FILES = {
    "htmx.min.js": ("htmx.org", "dist/htmx.min.js"),
    "htmx.LICENSE": ("htmx.org", "LICENSE"),
    "uPlot.iife.min.js": ("uplot", "dist/uPlot.iife.min.js"),
    "uPlot.min.css": ("uplot", "dist/uPlot.min.css"),
    "uPlot.LICENSE": ("uplot", "LICENSE"),
}
_LOCKED = ("package.json", "package-lock.json")


class NotVendored(TocsinError):
    """npm could not install what the lock says."""


def locked() -> dict[str, dict[str, Any]]:
    """What the lock says of each package: its version, and the hash of what npm installs."""
    text = (WEB / "package-lock.json").read_text(encoding="utf-8")
    found = json.loads(text)["packages"]
    return {path.removeprefix("node_modules/"): entry for path, entry in found.items() if path}


def installed(folder: Path) -> Path:
    """The node_modules that npm makes of the lock in ``folder``; npm checks the hashes.

    Raises:
        NotVendored: there is no npm, no network, or another package than was locked.
    """
    for name in _LOCKED:
        shutil.copy(WEB / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotVendored(f"npm cannot be run: {error.strerror}") from error
    if done.returncode:
        raise NotVendored(f"npm could not install {WEB / _LOCKED[1]}: {done.stderr.strip()}")
    return folder / "node_modules"


def vendor() -> dict[str, dict[str, str]]:
    """Make the copies anew, and the manifest that says what they are.

    Raises:
        NotVendored: see ``installed``.
    """
    with tempfile.TemporaryDirectory() as folder:
        modules = installed(Path(folder))
        for name, (package, path) in FILES.items():
            shutil.copyfile(modules / package / path, STATIC / name)
    packages = locked()
    made = {
        name: {
            "package": package,
            "version": str(packages[package]["version"]),
            "integrity": str(packages[package]["integrity"]),
            "sha256": hashlib.sha256((STATIC / name).read_bytes()).hexdigest(),
        }
        for name, (package, _) in FILES.items()
    }
    MANIFEST.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return made
