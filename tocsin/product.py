"""Where the product's own files are: at the root of a checkout, or inside of the installed wheel.

``hatch_build.py`` reads this file to build the wheel and imports nothing else for it, so it imports
only the standard library.
"""

import tomllib
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "tocsin"
LAMBDAS = ("bugs", "collector", "notifier")
"""The folders of the product's own Lambda functions, each a package of its name."""

TAKEN_ALONG = {
    "bugs": ("__init__.py", "bugs"),
    "notifier": ("__init__.py", "bugs", "escaping.py"),
}
"""What the archive of such a function has of the package ``tocsin``, beside its own folder."""

ERRORLOG = "errorlog"
IMPORTED = (ERRORLOG,)
"""The packages beside ``tocsin`` that it imports itself."""

RESOURCES = "resources"
INCLUDED = frozenset(
    f"{concern}.yml.j2"
    for concern in (
        "alarms",
        "alerts",
        "bugs",
        "collector",
        "dashboard",
        "drill",
        "error_log",
        "health",
        "iam",
        "notifier",
        "outputs",
        "mutes",
        "subscriptions",
    )
)
"""The files of ``RESOURCES`` that serverless.yml.j2 includes; any other one is a project's own."""

FILES = (
    "serverless.yml.j2",
    RESOURCES,
    "requirements/layer.lock",
    "requirements/project.lock",
    "requirements/uv.lock",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "inv",
    "docs",
    "tests/stack",
    "tests/integration/stage",
    *dict.fromkeys((*LAMBDAS, *IMPORTED)),
)
"""What a wheel has of a checkout, files and folders, beside the package ``tocsin`` itself."""

# Below the package: a wheel has no other place that nobody else writes to.
INSTALLED = "_product"
# A folder of its own, because it is on Python's path: nothing else may be found through it.
IMPORTABLE = f"{INSTALLED}/importable"

_PACKAGE = Path(__file__).parent
_IGNORED_NAMES = frozenset({"__pycache__", "pyproject.toml"})
_IGNORED_SUFFIXES = frozenset({".pyc", ".pyo"})


def folder() -> Path:
    """The folder of ``FILES``: each but the imported ones has there its name in a checkout."""
    return _PACKAGE / INSTALLED if is_installed() else _PACKAGE.parent


def place(name: str) -> Path:
    """Where the file or folder ``name`` of ``FILES`` is."""
    return _PACKAGE / place_in_a_wheel(name) if is_installed() else _PACKAGE.parent / name


def place_in_a_wheel(name: str) -> str:
    """The same below the package, with slashes."""
    return f"{IMPORTABLE if name in IMPORTED else INSTALLED}/{name}"


def is_installed() -> bool:
    """Whether this is an installed wheel; an editable install is a checkout."""
    return (_PACKAGE / INSTALLED).is_dir()


def version() -> str:
    """The product's version, such as ``0.2.0``."""
    if is_installed():
        return metadata.version(DISTRIBUTION)
    text = (_PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def files_below(name: str) -> dict[str, Path]:
    """The product's file or folder ``name``: the files in it by their names, ``name`` included.

    Caches and what only a build reads are left out; so are names with a dot in front.
    """
    start = place(name)
    if start.is_file():
        return {name: start}
    found = {path.relative_to(start): path for path in sorted(start.rglob("*")) if path.is_file()}
    return {
        f"{name}/{inside.as_posix()}": path
        for inside, path in found.items()
        if not _ignored(inside)
    }


def taken_along(name: str) -> dict[str, Path]:
    """The modules of the package ``tocsin`` in the archive of the function ``name``."""
    found: dict[str, Path] = {}
    for part in TAKEN_ALONG.get(name, ()):
        start = _PACKAGE / part
        for path in [start] if start.is_file() else sorted(start.rglob("*.py")):
            found[f"{_PACKAGE.name}/{path.relative_to(_PACKAGE).as_posix()}"] = path
    return found


def _ignored(inside: Path) -> bool:
    return inside.suffix in _IGNORED_SUFFIXES or any(
        part in _IGNORED_NAMES or part.startswith(".") for part in inside.parts
    )
