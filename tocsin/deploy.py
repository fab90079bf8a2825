"""Deploy a packaged stage with osls, and take it down again."""

from pathlib import Path

from tocsin import account, osls
from tocsin.account import Account
from tocsin.config import Stage
from tocsin.exceptions import InputError, TocsinError
from tocsin.package import PACKAGE_FOLDER
from tocsin.render import build_folder, render


class ProtectedStage(InputError):
    """A protected stage is only removed by who says so twice."""


def deploy(root: Path, stage: Stage, target: Account) -> dict[str, str]:
    """Deploy what ``package`` made; returns the stack's outputs.

    Raises:
        OslsError: with the last lines of osls.
    """
    osls.run(
        root,
        build_folder(root, stage),
        "deploy",
        "--package",
        PACKAGE_FOLDER,
        environment=target.environment,
    )
    return account.outputs(target, stage)


def remove(root: Path, stage: Stage, target: Account, *, confirmed: bool = False) -> None:
    """Delete the stage's stack and wait until it is gone.

    Raises:
        ProtectedStage: the stage is protected and ``confirmed`` is false.
        NotDeployed: there is nothing to remove.
    """
    if stage.protected and not confirmed:
        raise ProtectedStage(
            f"stage {stage.name} is protected: found no --yes; accepted: "
            f"`invoke remove --stage {stage.name} --yes` (the error log is retained)"
        )
    account.outputs(target, stage)
    render(root, stage)
    osls.run(root, build_folder(root, stage), "remove", environment=target.environment)
    if _exists(target, stage):
        raise TocsinError(f"stack {stage.stack_name} is still there after osls remove")


def _exists(target: Account, stage: Stage) -> bool:
    try:
        account.outputs(target, stage)
    except account.NotDeployed:
        return False
    return True
