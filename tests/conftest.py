"""Fixtures that every suite shares: a copy of the project to work in, and what it compiles to."""

import atexit
import contextlib
import fcntl
import gc
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests import botocore_memory
from tocsin import config
from tocsin.check import lint_cache
from tocsin.kept_answers import KeptAnswers
from tocsin.packaging import osls, osls_cache, wheels
from tocsin.packaging.package import compiled_template, package
from tocsin.scenarios import kept_proofs

ROOT = Path(__file__).resolve().parents[1]
Row = TypeVar("Row")

DEEP = os.environ.get("TOCSIN_DEEP") == "1"
"""Whether the exhaustive tests run, too: `invoke test-deep`."""
deep = pytest.mark.skipif(not DEEP, reason="part of `invoke test-deep`")
slow = pytest.mark.slow
"""What starts programs, or takes a tenth of a second and more: `invoke test` runs it, `test-unit`
leaves it out but where `-k` names it."""


def examples(exhaustive: int, fast: int = 15) -> int:
    """How many examples a property is tried with: ``exhaustive`` ones in the deep suite."""
    return exhaustive if DEEP else min(exhaustive, fast)


def some(rows: Iterable[Row], one_of: int) -> list[Row]:
    """The rows of a table: in the fast suite the first of each ``one_of``."""
    return list(rows)[:: 1 if DEEP else one_of]


def seldom(rows: Iterable[Any], one_of: int) -> list[Any]:
    """The rows of a table, all but the first of each ``one_of`` of them marked `slow`.

    A row is a tuple where a test takes several values of it.
    """
    return [
        row
        if index % one_of == 0
        else pytest.param(*(row if isinstance(row, tuple) else (row,)), marks=slow)
        for index, row in enumerate(rows)
    ]


def read_yaml(text: str) -> Any:
    """What YAML stands for, read by libyaml: PyYAML's own parser takes a second for a stack."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe


# One profile for all: no verdict depends on the machine's speed, nor on what is drawn today; the
# exhaustive runs draw anew (`./inv test-deep`).
settings.register_profile(
    "tocsin",
    deadline=None,
    derandomize=not DEEP,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tocsin")

# Hypothesis also draws constants that it finds in whatever modules are imported by then: what is
# drawn would depend on which tests ran before, and reading 500 modules for them takes seconds.
if not DEEP:
    assert callable(providers._get_local_constants), "hypothesis reads constants in another way"
    providers._get_local_constants = lambda: providers._local_constants

# pytest keeps the assertions that it has rewritten, and Python what it has compiled: making them
# anew, in each process of the suite and in each that a test starts, is a quarter of the work.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What is imported and collected stays until the process ends: a million objects, which the garbage
# collector would otherwise walk through again and again.
gc.disable()


def pytest_collection_finish() -> None:
    """Leave what is there by now out of every later walk; from here on, garbage is collected."""
    gc.freeze()
    gc.enable()


botocore_memory.share()

# A shell's background job ignores Ctrl-C, and so would every process that a test starts and
# interrupts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PROJECTS = ROOT / "tests" / "projects"
"""The projects that the product's tests bring: what a team owns, without the product's part."""
DEMO = PROJECTS / "demo"
"""Three functions, `orders`, `payments` and `notifications`, that fail on demand."""

# The product's part of a checkout, as far as a deploy reads it; installed and built folders are
# linked or made anew.
PRODUCT = (
    "requirements",
    "resources",
    "tests/integration/stage",
    "tests/stack",
    "tests/botocore_memory.py",
    "tests/conftest.py",
    "inv",
    "package.json",
    "package-lock.json",
    "pyproject.toml",
    "serverless.yml.j2",
    "tasks.py",
)
INSTALLED = (".venv", "node_modules")
CODE = ("bugs", "collector", "errorlog", "notifier", "tocsin")
"""Packages of the product: links, since no test writes to them. A copy takes a tenth of a second,
and every process started in one would compile its 600 modules anew."""


_CACHES = "TOCSIN_TEST_CACHES"


def _caches() -> Path:
    """Where the copies of projects share what is downloaded, compiled and proven.

    Of a checkout that may only be read, a folder that the processes of this run share.
    """
    if os.access(ROOT, os.W_OK):
        return ROOT
    if _CACHES not in os.environ:
        os.environ[_CACHES] = tempfile.mkdtemp(prefix="tocsin-caches-")
        atexit.register(shutil.rmtree, os.environ[_CACHES], ignore_errors=True)
    return Path(os.environ[_CACHES])


CACHES = _caches()


def copy_project(target: Path, source: Path = DEMO) -> Path:
    """A checkout of the project ``source`` at ``target``, which shares what is installed here."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for name in PRODUCT:
        part = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if part.is_dir():
            # Beside what the project has there of its own.
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(part, target / name, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy2(part, target / name)
    for name in (*CODE, *INSTALLED):
        if (ROOT / name).is_dir():
            (target / name).symlink_to(ROOT / name)
    (target / ".tocsin").mkdir()
    for cache in (
        wheels.CACHE, osls.COMPILE_CACHE, osls_cache.CACHE, lint_cache.CACHE, kept_proofs.CACHE,
    ):  # fmt: skip
        (CACHES / cache).mkdir(parents=True, exist_ok=True)
        (target / cache).symlink_to(CACHES / cache)
    return target


def kept_in(root: Path) -> KeptAnswers:
    """What `check` keeps of the alarms that it has proven, which the copies of projects share."""
    return KeptAnswers(root / kept_proofs.CACHE)


LOCK = "compiled.lock"
SHARED = "shared"
"""A stage beside those of monitoring.yml, whose functions share a role."""


def add_shared(root: Path) -> Path:
    """Add the stage ``shared`` to the project at ``root``."""
    file = root / "monitoring.yml"
    text = file.read_text(encoding="utf-8")
    changed = text.replace("\nstages:\n", f"\nstages:\n  {SHARED}: {{roles: shared}}\n")
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to change and build in; its path has a space."""
    return copy_project(tmp_path / "a project")


@pytest.fixture(scope="session")
def compiled_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that ``compiled`` is of; not to be changed."""
    # Below the folder that the processes of one run share; whoever comes first makes it.
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    root = shared / "compiled" / "a project"
    with _alone(shared / LOCK):
        if not root.exists():
            add_shared(copy_project(root))
    return root


@pytest.fixture(scope="session")
def compiled(request: pytest.FixtureRequest) -> Callable[[str], dict[str, Any]]:
    """``compiled("prod")``: the CloudFormation template that osls would send, made once a run.

    Also of the stage ``shared``. In a mutation check (tests/mutations), the broken one instead.
    """
    mutation_check: Any = request.config.pluginmanager.get_plugin("mutation-check")
    if mutation_check is not None:
        return mutation_check.compiled  # type: ignore[no-any-return]
    root: Path = request.getfixturevalue("compiled_project")
    templates: dict[str, dict[str, Any]] = {}

    def template(stage_name: str) -> dict[str, Any]:
        if stage_name not in templates:
            stage = config.load(root, stage_name)
            file = compiled_template(root, stage)
            # A lock of the stage's own: the others need not wait for it.
            with _alone(root.parents[1] / f"{stage_name}.lock"):
                if not file.exists():
                    package(root, stage)
            templates[stage_name] = json.loads(file.read_text())
        return templates[stage_name]

    return template


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """While the block runs, no other process is in one for the same ``file``."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
