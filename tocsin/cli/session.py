"""What a task works with: the project, the configuration of one stage, and its account."""

import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context

from tocsin import terminal
from tocsin.names import DEFAULT_STAGE
from tocsin.nearest import first_of
from tocsin.project_folder import project_folder

# Imports below are where they are needed: `./inv --list` loads none of them.
if TYPE_CHECKING:
    from tocsin.aws.account import Account
    from tocsin.config import Stage
    from tocsin.findings import Finding
    from tocsin.packaging.package import Package


class Session:
    """One run of a task on one stage. What is costly is made when it is first asked for, once.

    ``stage_name`` is empty where none was typed: the default then holds.
    """

    def __init__(
        self, root: Path | None, context: Context, stage_name: str = "", region: str = ""
    ) -> None:
        if root is not None:
            self.root = root
        self.context = context
        self._asked = stage_name
        self.region = region

    def at(self, stage_name: str) -> "Session":
        """The same on another stage."""
        return Session(self.root, self.context, stage_name, self.region)

    @cached_property
    def root(self) -> Path:
        """The project's folder: where nobody said, the nearest from the current one upward.

        Raises:
            NoProject: there is none.
        """
        return project_folder(Path.cwd())

    @property
    def stage_name(self) -> str:
        return self._asked or DEFAULT_STAGE

    @cached_property
    def stage(self) -> "Stage":
        """What monitoring.yml says of the stage.

        Raises:
            ConfigError: every mistake in it, or there is no such stage.
        """
        from tocsin import config

        return config.load(self.root, self.stage_name, self.region or None)

    @cached_property
    def any_stage(self) -> "Stage":
        """The stage, for what asks no account and only wants names: where none was typed and the
        default is not declared, the first that is.

        Raises:
            ConfigError: as ``stage``.
        """
        from tocsin.config import FILE_NAME
        from tocsin.config import document as documents

        if not self._asked:
            data = documents.read(self.root / FILE_NAME).data
            declared = data.get("stages") if isinstance(data, dict) else None
            if isinstance(declared, dict) and declared and DEFAULT_STAGE not in declared:
                return self.at(str(next(iter(declared)))).stage
        return self.stage

    @cached_property
    def account(self) -> "Account":
        """Where the stage is: AWS, or the local stage.

        Raises:
            NoCredentials: nothing says who is calling.
            LocalStageError: the local stage does not run.
        """
        from tocsin.aws import account
        from tocsin.local import project

        try:
            return account.of(self.root, self.stage)
        except account.NoCredentials as error:
            running = [] if self._asked else project.all_running(self.root)
            if not running:
                raise
            raise account.NoCredentials(
                f"{error}. A local stage runs here: --stage {' or --stage '.join(running)}"
            ) from None

    def command(self, task: str) -> tuple[str, ...]:
        """How a process of its own runs ``task`` on the same stage, from the project's folder."""
        region = ("--region", self.region) if self.region else ()
        return (sys.executable, "-m", "tocsin", task, "--stage", self.stage_name, *region)

    def again(self) -> "Stage":
        """The configuration read anew, after something that it is read from was written."""
        self.__dict__.pop("stage", None)
        return self.stage

    def listed(self) -> "Stage":
        """The configuration with what the account's lists give now, for what writes a stack."""
        from tocsin.attach.refresh import refresh
        from tocsin.aws import discovery

        notes = [*filter(None, [discovery.refresh(self.root, self.stage)])]
        notes += refresh(self.root, self.stage)
        for note in notes:
            terminal.note(note)
        return self.again() if notes else self.stage

    def package(self, to_deploy: bool = False) -> "Package":
        """The archives and compiled templates of the stage as it is configured.

        ``to_deploy`` fills in what only the stage's account knows.
        """
        from tocsin.packaging.package import package
        from tocsin.packaging.waiting_values import waiting

        account = self.account.environment if to_deploy else None
        with terminal.step(f"package {self.stage.stack_name}"):
            built = package(self.root, self.stage, account)
        if account is None and (values := waiting(self.stage)):
            terminal.note(f"waits for the deploy: {first_of(values)}")
        return built

    def check(self, to_deploy: bool = False) -> "list[Finding]":
        """What is wrong with the stage, once it is packaged."""
        from tocsin import findings
        from tocsin.attach.code_findings import code_findings
        from tocsin.attach.proof import zero_code
        from tocsin.check import check

        built = self.package(to_deploy)
        with terminal.step(f"check {self.stage.stack_name}"):
            found = check(self.root, self.stage, *built.templates)
            found += code_findings(self.root, self.stage)
            return findings.ordered([*found, *zero_code(self.root, self.stage)])

    def relative(self, path: Path) -> str:
        """``path`` as it is printed: from the project's folder, where it is below it."""
        return path.relative_to(self.root).as_posix()
