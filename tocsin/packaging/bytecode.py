"""Modules compiled ahead: Lambda's ``/opt`` is read-only, so each environment compiles anew.

Bytecode is of one minor version of Python. Where the stage's functions run another one than this,
there is none, and the sources do as before.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

# A process of its own, without anything of this one's: what is written depends on which texts a
# process holds already. Nobody looks at the source's date again (PEP 552).
_COMPILE = """
import py_compile, sys
for line in sys.stdin:
    source, target, name = line.rstrip("\\n").split("\\0")
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(source, target, name, doraise=True, invalidation_mode=mode)
"""
_PYTHON = ".".join(map(str, sys.version_info[:2]))


def compiled(files: Mapping[str, Path], python: str, folder: Path) -> dict[str, Path]:
    """The bytecode of the modules among ``files``, by its name in an archive.

    Args:
        files: by their names in the archive; those that are no Python are left out.
        python: the version that will run them, such as ``3.13``.
        folder: where the bytecode is written.

    Returns:
        ``folder/__pycache__/module.cpython-313.pyc`` for each; none for another version of Python
        than the one that runs this.
    """
    if python != _PYTHON:
        return {}
    found: dict[str, Path] = {}
    lines = []
    for number, name in enumerate(sorted(files)):
        place = PurePosixPath(name)
        if place.suffix != ".py":
            continue
        target = folder / f"{number}.pyc"
        cached = f"{place.stem}.{sys.implementation.cache_tag}.pyc"
        found[str(place.parent / "__pycache__" / cached)] = target
        lines.append(f"{files[name]}\0{target}\0{name}\n")
    subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _COMPILE],
        input="".join(lines),
        text=True,
        encoding="utf-8",
        check=True,
        process_group=0,  # Ctrl-C is for this process, which ends that one; it would tell where
    )
    return found
