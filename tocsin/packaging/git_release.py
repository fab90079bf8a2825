"""Which release is deployed: what git says of the project's checkout."""

import subprocess
from pathlib import Path


def release(root: Path) -> str:
    """What is deployed, as git names it; ``unversioned`` outside a git checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--tags"],  # noqa: S607
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unversioned"
    return described.stdout.strip()
