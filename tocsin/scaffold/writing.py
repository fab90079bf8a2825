"""A file is written whole or not at all."""

import os
import tempfile
from pathlib import Path

from tocsin.scaffold.project_files import ProjectFile


def write_file(target: Path, file: ProjectFile) -> None:
    """Write ``file`` to ``target``, whose folders are made; the mode of one that is there stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o755 if file.executable else 0o644
    if target.is_file():
        mode = target.stat().st_mode & 0o777
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", suffix=".part", dir=target.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(file.content)
        unfinished.chmod(mode)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
