"""The suites, and what keeps the project itself in order."""

import errno
import importlib.util
import os
import shlex
import sys
import tomllib
from collections.abc import Sequence

from invoke.exceptions import Exit

from tocsin import product, terminal
from tocsin.cli import concurrent_tasks, slow_tests
from tocsin.cli.session import Session
from tocsin.cli.task import task
from tocsin.exceptions import InputError
from tocsin.typed_command import SCRIPT

_WITHOUT_CACHES = {
    "RUFF_NO_CACHE": "true",
    "MYPY_CACHE_DIR": os.devnull,
    "PYTEST_ADDOPTS": "-p no:cacheprovider",
}
"""For a checkout that may only be read, where these tools would fail."""
_UNIT = ("tests/unit", "tests/stack")
_TOOLS = ("ruff", "mypy", "pytest")
"""What the locks of a project have, and a tocsin that is installed by itself has not."""


@task(on_stage=False)
def lint(session: Session) -> None:
    """Run Ruff, and hold the one-way imports that pyproject.toml declares."""
    _python(session, "-m ruff check .")
    _python(session, "-m ruff format --check .")
    if _is_configured(session, "importlinter"):
        cached = "" if os.access(session.root, os.W_OK) else " --no-cache"
        _python(
            session, '-c "from importlinter.cli import lint_imports_command as c; c()"' + cached
        )


@task(on_stage=False)
def format(session: Session) -> None:
    """Write the code as Ruff formats it, and mend what Ruff can mend."""
    if not os.access(session.root, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(session.root))
    _python(session, "-m ruff check --fix .")
    _python(session, "-m ruff format .")


@task(on_stage=False)
def types(session: Session) -> None:
    """Run mypy as pyproject.toml says: here --strict, over all but the tests themselves."""
    if _is_configured(session, "mypy"):
        _python(session, "-m mypy")
    else:
        terminal.note("types: not looked at, for pyproject.toml has no [tool.mypy]")


@task(
    on_stage=False,
    slow="run the tests that are marked `slow` too, as `test` does",
    half="leave half of the cores to others, as `test` does",
)
def test_unit(session: Session, k: str = "", slow: bool = False, half: bool = False) -> None:
    """Run the fast suite: tests/unit, and the stack against monitoring.yml (tests/stack).

    Without tests that are marked `slow`, but where they are named.
    """
    at_once = max(1, (os.cpu_count() or 1) // 2) if half else None
    _suites(session, _UNIT, k, at_once, marked="" if k or slow else f"not {slow_tests.MARK}")


@task(
    yes="make functions fail also where the stage is protected",
)
def test_integration(session: Session, k: str = "", yes: bool = False) -> None:
    """Run the whole workflow on a deployed stage: calls, records, topic, metrics, alarms."""
    from tocsin.aws.account import outputs
    from tocsin.drill import ProtectedStage

    stage = session.stage
    if stage.protected and not yes:
        raise ProtectedStage(stage.name)
    outputs(session.account, stage)
    _python(session, "-m pytest tests/integration/stage" + _only(k), TOCSIN_STAGE=stage.name)


@task(on_stage=False)
def test_e2e(session: Session, k: str = "") -> None:
    """Run it all on a local stage of its own: deploy, drill, break links, remove."""
    # Each file has a stage of its own, and so they run side by side. Half of their time they wait:
    # two for each core keep it busy.
    at_once = min(2 * (os.cpu_count() or 1), 16)
    _suites(session, ("tests/integration/local", "tests/e2e"), k, at_once)


@task(
    on_stage=False,
    write="keep the score in docs/mutations.md",
    only="kinds whose name has this text",
)
def test_mutations(session: Session, write: bool = False, only: str = "") -> None:
    """Break the compiled template in a thousand ways: tests or check must notice each.

    Then, without ``--only``, the drill's and the deploy's own code.
    """
    _only_in_a_checkout(session)
    kept = " --write" if write else ""
    _python(
        session,
        f"-m tests.mutations.run{kept}" + (f" --only {shlex.quote(only)}" if only else ""),
    )
    if not only:
        _python(session, f"-m tests.mutations.sources{kept}")


@task(on_stage=False)
def test(session: Session) -> None:
    """Run everything: lint, types, every unit test, test-e2e."""
    lint.body(session.context)
    # The unit tests have half of the cores to themselves. The end-to-end suite, which waits for
    # much of its time, has the other half, and all of them once those are done.
    tasks = ("types", "test-unit --slow --half", "test-e2e")
    ended = concurrent_tasks.run(session.root, tasks, giving_way=("types", "test-e2e"))
    if failed := [name for name, exit_code in ended.items() if exit_code]:
        raise Exit(f"test: failed: {', '.join(failed)}", code=max(ended.values()))


@task(on_stage=False)
def test_deep(session: Session) -> None:
    """Run the exhaustive tests: random alarms, failures and deliveries, many functions, figures."""
    _only_in_a_checkout(session)
    deep = {"TOCSIN_DEEP": "1"}
    _python(session, "-m pytest tests/unit -n auto --dist loadfile", **deep)
    _python(session, "-m pytest tests/e2e -n auto --dist loadfile", **deep)
    _python(session, "-m pytest tests/browser", **deep)
    test_mutations.body(session.context)
    for name in (
        "engine_replay",
        "errorlog_cost",
        "errorlog_storm",
        "lambda_share",
        "scale",
        "console",
    ):
        _python(session, f"-m tests.benchmarks.{name}")


@task(
    on_stage=False,
    only="the locks to write, separated by commas, such as layer,orders (default: all)",
    osls_schema="instead, write anew what osls's schema says of a function (in a checkout)",
)
def lock(session: Session, only: str = "", osls_schema: bool = False) -> None:
    """Pin the newest versions of requirements/*.in, and of each requirements.in beside code."""
    from tocsin.packaging import locks

    if osls_schema:
        from tocsin.packaging import osls_schema as schema

        _only_in_a_checkout(session)
        terminal.data(session.relative(schema.write(session.root)))
        return
    for chosen in locks.chosen(session.root, only):
        with terminal.step(session.relative(chosen.locked)):
            locks.pin(session.root, [chosen])


@task(on_stage=False)
def vendor_web(session: Session) -> None:
    """Copy what the console runs in the browser from its npm lock into the package."""
    from tocsin.web import vendored

    _only_in_a_checkout(session)
    for name, copy in vendored.vendor().items():
        terminal.data(f"{name}: {copy['package']} {copy['version']}")


@task(on_stage=False, version="the version to be, such as 1.2.0")
def release(session: Session, version: str) -> None:
    """Build the product's wheels, try them in an empty environment, sign off the changelog."""
    from datetime import UTC, datetime

    from tocsin.release import release as make

    _only_in_a_checkout(session)
    made = make(session.root, version, datetime.now(UTC).date())
    for wheel, digest in made.wheels.items():
        terminal.data(f"{digest}  {session.relative(wheel)}")
    terminal.note(
        f"next: git commit --all --message 'Release {version}' && git tag v{version}; both wheels "
        "are those of that commit"
    )


class WrongPlace(InputError):
    """A task of the product's own was called in a project."""


def _only_in_a_checkout(session: Session) -> None:
    if session.root.resolve() != product.folder().resolve():
        raise WrongPlace(f"found a project in {session.root}; accepted: a checkout of Tocsin")


def _is_configured(session: Session, tool: str) -> bool:
    file = session.root / "pyproject.toml"
    if not file.is_file():
        return False
    return tool in tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})


def _suites(
    session: Session,
    folders: Sequence[str],
    names: str = "",
    at_once: int | None = None,
    marked: str = "",
) -> None:
    """Run those of the suites that this project has, by default a file on each core at once."""
    found = [folder for folder in folders if (session.root / folder).is_dir()]
    if found:
        # A file stays on one core: what its fixtures compile is compiled once. One process needs
        # no other that gives it its tests, collects them too and is told of each.
        spread = "" if at_once == 1 else f" -n {at_once or 'auto'} --dist loadfile"
        # The mark itself, for a project of which pyproject.toml does not know it.
        marks = f" -p {slow_tests.__name__}" + (f" -m {shlex.quote(marked)}" if marked else "")
        _python(session, f"-m pytest {' '.join(found)}" + spread + _only(names) + marks)
    else:
        terminal.note(f"there is no {' or '.join(folders)}")


def _python(session: Session, arguments: str, **environment: str) -> None:
    tool = arguments.removeprefix("-m ").split()[0]
    if tool in _TOOLS and importlib.util.find_spec(tool) is None:
        raise InputError(
            f"found no {tool} beside this tocsin; accepted: the same task by {SCRIPT}, which "
            "installs the project's tools"
        )
    os.chdir(session.root)  # not context.cd, whose path goes through a shell
    if not os.access(session.root, os.W_OK):
        environment |= _WITHOUT_CACHES
    session.context.run(
        f"{shlex.quote(sys.executable)} {arguments}",
        pty=sys.stdout.isatty(),
        env=environment,
        # Nobody types: a thread that handed it on would end in a traceback of its own on Ctrl-C.
        in_stream=None if sys.stdin.isatty() else False,
    )


def _only(names: str) -> str:
    return f" -k {shlex.quote(names)}" if names else ""
