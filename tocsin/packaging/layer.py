"""The Lambda layer: errorlog/ and the locked packages every function shares."""

from pathlib import Path

from tocsin.packaging import archive, wheels
from tocsin.packaging.sources import source_files

LOCK = Path("requirements/layer.lock")
_INSIDE = "python"  # where Lambda's Python looks in a layer


def build(root: Path, target: wheels.Target, file: Path) -> None:
    """Write the layer's archive for ``target`` to ``file``."""
    files = wheels.files(root, LOCK, target, _INSIDE)
    files |= {
        f"{_INSIDE}/errorlog/{name}": path
        for name, path in source_files(root, root / "errorlog").items()
    }
    archive.write(file, files)
