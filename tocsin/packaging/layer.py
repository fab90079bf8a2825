"""The Lambda layer: errorlog/ and the locked packages every function shares."""

from pathlib import Path

from tocsin.packaging import archive, wheels

LOCK = Path("requirements/layer.lock")
_INSIDE = "python"  # where Lambda's Python looks in a layer


def build(root: Path, target: wheels.Target, file: Path) -> None:
    """Write the layer's archive for ``target`` to ``file``."""
    files = wheels.files(root, LOCK, target, _INSIDE)
    files |= archive.files_below(root / "errorlog", f"{_INSIDE}/errorlog")
    archive.write(file, files)
