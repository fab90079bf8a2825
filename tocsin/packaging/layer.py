"""The Lambda layer: errorlog/ and the locked packages every function shares."""

import tempfile
from pathlib import Path

from tocsin import product
from tocsin.packaging import archive, bytecode, wheels

LOCK = Path("requirements/layer.lock")
_INSIDE = "python"  # where Lambda's Python looks in a layer


def build(root: Path, target: wheels.Target, file: Path) -> None:
    """Write the layer's archive for ``target`` to ``file``.

    The packages are those of the project's own lock, where it has one. errorlog is in it as
    bytecode, too: compiling it takes half of the CPU of a first failure.
    """
    owner = root if (root / LOCK).is_file() else product.folder()
    own = {
        f"{_INSIDE}/{name}": path for name, path in product.files_below(product.ERRORLOG).items()
    }
    with tempfile.TemporaryDirectory() as folder:
        ahead = bytecode.compiled(own, target.python, Path(folder))
        archive.write(file, wheels.files(root, owner / LOCK, target, _INSIDE) | own | ahead)
