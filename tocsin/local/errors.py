"""What can go wrong with the local stage itself."""

from tocsin.exceptions import TocsinError


class LocalStageError(TocsinError):
    """The local stage cannot be started, stopped or reached; the message says what to do."""


class DamagedInstallation(LocalStageError):
    """A module of what is installed, which the stage needs, is not there."""

    exit_code = 2

    def __init__(self, module: str) -> None:
        super().__init__(
            f"the local stage needs {module}, which is not installed: .venv is damaged; remove "
            "it, then run ./inv again"
        )
