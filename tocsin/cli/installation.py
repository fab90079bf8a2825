"""Say in one line that `.venv` or `node_modules` is damaged, in place of a traceback from inside.

It runs before anything that is installed is imported, so it imports only the standard library.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CODE = frozenset({".py", ".so", ".pyd"})  # other files, such as certificates, people may add to
REMEDY = "remove .venv, then run ./inv again"


@contextmanager
def guarded() -> Iterator[None]:
    """An error that a damaged `.venv` explains ends as one line and exit code 2; others go on."""
    try:
        yield
    except Exception as error:
        if damage := _missing_module(error) or damaged_package():
            print(f"inv: .venv is damaged: {damage}; {REMEDY}", file=sys.stderr)  # noqa: T201
            raise SystemExit(2) from None
        raise


def _missing_module(error: BaseException | None) -> str | None:
    """The module that is not there, unless the project itself should have it."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    package = error.name.partition(".")[0]
    ours = any((ROOT / name).exists() for name in (package, f"{package}.py"))
    return None if ours else f"it has no {error.name}"


def damaged_package() -> str | None:
    """The first package that lacks a file, or has code of another size than was installed."""
    from importlib import metadata  # only where something failed: it is slow to import

    for package in metadata.distributions():
        for file in package.files or ():
            if file.suffix == ".pyc":  # a cache, which Python may write anew
                continue
            try:
                size = Path(str(package.locate_file(file))).stat().st_size
            except OSError:
                return f"{package.name} lacks {file}"
            if file.suffix in _CODE and file.size not in (None, size):
                return f"{package.name} has another {file} than was installed"
    return None
