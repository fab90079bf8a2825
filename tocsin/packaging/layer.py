"""The Lambda layer: errorlog/ and the locked packages every function shares."""

from pathlib import Path

from tocsin import product
from tocsin.packaging import archive, wheels

LOCK = Path("requirements/layer.lock")
_INSIDE = "python"  # where Lambda's Python looks in a layer


def build(root: Path, target: wheels.Target, file: Path) -> None:
    """Write the layer's archive for ``target`` to ``file``.

    The packages are those of the project's own lock, where it has one.
    """
    owner = root if (root / LOCK).is_file() else product.folder()
    files = wheels.files(root, owner / LOCK, target, _INSIDE)
    files |= {
        f"{_INSIDE}/{name}": path for name, path in product.files_below(product.ERRORLOG).items()
    }
    archive.write(file, files)
