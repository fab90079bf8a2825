"""The suites, and what keeps the project itself in order."""

import os
import shlex
import sys

from tocsin.cli.session import Session
from tocsin.cli.task import task


@task(on_stage=False)
def lint(session: Session) -> None:
    """Run Ruff, and hold the one-way imports of the house."""
    _python(session, "-m ruff check .")
    _python(session, "-m ruff format --check .")
    _python(session, '-c "from importlinter.cli import lint_imports_command as c; c()"')


@task(on_stage=False)
def format(session: Session) -> None:
    """Write the code as Ruff formats it, and mend what Ruff can mend."""
    _python(session, "-m ruff check --fix .")
    _python(session, "-m ruff format .")


@task(on_stage=False)
def types(session: Session) -> None:
    """Run mypy --strict over the tools, the error log, the collector and the tests' support."""
    _python(session, "-m mypy")


@task(on_stage=False)
def test_unit(session: Session, k: str = "") -> None:
    """Run the fast suite: the product, and this project's stack (tests/stack, tests/alarms)."""
    # A project that was made from this one has no tests of the product.
    suites = [suite for suite in ("tests/unit", "tests/stack") if (session.root / suite).is_dir()]
    # A file stays on one core: what its fixtures compile is compiled once.
    _python(session, f"-m pytest {' '.join(suites)} -n auto --dist loadfile" + _only(k))


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
    # Each file has a stage of its own, and so they run side by side.
    suites = "tests/integration/local tests/e2e"
    _python(session, f"-m pytest {suites} -n auto --dist loadfile" + _only(k))


@task(
    on_stage=False,
    write="keep the score in docs/mutations.md",
    only="kinds whose name has this text",
)
def test_mutations(session: Session, write: bool = False, only: str = "") -> None:
    """Break the compiled template in a thousand ways: tests or check must notice each."""
    arguments = "-m tests.mutations.run" + (" --write" if write else "")
    _python(session, arguments + (f" --only {shlex.quote(only)}" if only else ""))


@task(on_stage=False)
def test(session: Session) -> None:
    """Run everything: lint, types, test-unit, test-e2e."""
    for part in (lint, types, test_unit, test_e2e):
        part.body(session.context)


@task(on_stage=False)
def test_deep(session: Session) -> None:
    """Run the exhaustive tests: random alarms, failures and deliveries, many functions, figures."""
    deep = {"TOCSIN_DEEP": "1"}
    _python(session, "-m pytest tests/unit -n auto --dist loadfile", **deep)
    _python(session, "-m pytest tests/e2e -n auto --dist loadfile", **deep)
    test_mutations.body(session.context)
    for name in ("engine_replay", "errorlog_cost", "errorlog_storm", "lambda_share", "scale"):
        _python(session, f"-m tests.benchmarks.{name}")


@task(on_stage=False)
def lock(session: Session) -> None:
    """Pin the latest versions of requirements/ and of each function's requirements.in, by uv."""
    from tocsin.packaging.package import DECLARED, FUNCTIONS, REQUIREMENTS

    root = session.root
    locks = {
        root / f"requirements/{name}.in": f"{name}.lock" for name in ("tools", "layer", "browser")
    }
    locks |= dict.fromkeys(sorted((root / FUNCTIONS).glob(f"*/{DECLARED}")), REQUIREMENTS)
    for declared, locked in locks.items():
        with session.context.cd(shlex.quote(str(declared.parent))):
            session.context.run(
                "uv pip compile --quiet --upgrade --universal --python-version 3.11 "
                "--generate-hashes --no-header --no-emit-index-url --no-emit-find-links "
                f"{declared.name} --output-file {locked}"
            )


@task(on_stage=False)
def vendor_web(session: Session) -> None:
    """Copy what the console runs in the browser from its npm lock into the package."""
    from tocsin import terminal
    from tocsin.web import vendored

    for name, copy in vendored.vendor().items():
        terminal.data(f"{name}: {copy['package']} {copy['version']}")


def _python(session: Session, arguments: str, **environment: str) -> None:
    os.chdir(session.root)  # not context.cd, whose path goes through a shell
    session.context.run(
        f"{shlex.quote(sys.executable)} {arguments}", pty=sys.stdout.isatty(), env=environment
    )


def _only(names: str) -> str:
    return f" -k {shlex.quote(names)}" if names else ""
