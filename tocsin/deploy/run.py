"""Deploy the packaged stacks of a stage with osls, and take them down again."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tocsin.aws import account
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.deploy import osls_state, rollback
from tocsin.deploy.deployed import deployed_stacks, outputs_of, refuse_moves
from tocsin.deploy.described import described_stacks, own_stacks
from tocsin.deploy.name_conflicts import refuse_taken
from tocsin.deploy.protection import protect
from tocsin.exceptions import InputError, TocsinError
from tocsin.packaging import osls
from tocsin.packaging.package import PACKAGE_FOLDER
from tocsin.packaging.render import render_stack
from tocsin.stacks import Stack, stacks_of
from tocsin.stacks.parallel import each_of
from tocsin.stacks.stack import SUMMARY
from tocsin.typed_command import typed

# What a deploy waits for is CloudFormation, not this machine.
STACKS_AT_ONCE = 4
# osls waits so long before each look at a stack's work, 5 s on AWS. On the local stage the work is
# done by then.
_LOCAL_POLL_INTERVAL_MS = 200


class UnconfirmedRemoval(InputError):
    """A protected stage is only removed by whoever says so twice."""


def deploy(
    root: Path,
    stage: Stage,
    target: Account,
    tell: Callable[[str], None] = lambda _: None,
    *,
    undo: bool = True,
) -> dict[str, str]:
    """Deploy what ``package`` made; returns the main stack's outputs.

    The main stack first, since the others refer to what it has; then the groups; last what
    refers to all of them. ``tell`` hears of every stack where there are several. Without ``undo``
    no alarm undoes it, whatever monitoring.yml says.

    Raises:
        InputError: something else has names of the stage, or what the stage left is in the way
            (``name_conflicts.py``), or a function is deployed in another stack, or an alarm that
            undoes the deploy is in ALARM already (``rollback.py``); nothing was changed.
        TocsinError: a stack failed; the message names it. What had begun beside it is finished,
            and another deploy goes on from there.
    """
    found = described_stacks(target)
    own = own_stacks(stage, found)
    refuse_taken(target, stage, found, own)
    before = outputs_of(own)
    refuse_moves(stage, before)
    if undo:
        rollback.refuse_alarms(target, stage)
    main, *rest = stacks_of(stage)
    groups = [stack for stack in rest if not stack.is_summary]
    count = len(rest) + 1

    def work(stack: Stack) -> None:
        # Asked here, for what was deployed until now may have had the alarm in another stack.
        watched = rollback.trigger(target, stack) if undo else None
        _deploy_stack(root, stack, target, watched, go_on=count > 1)
        if count > 1:
            tell(f"  {stack.name}: deployed")

    left = [part for part in before if part not in {"", *(stack.part for stack in rest)}]
    # What it says of the whole stage is the main stack's again, under the same names.
    _remove_stacks(root, stage, [part for part in left if part == SUMMARY], target, tell)
    work(main)
    protect(target, stage)
    each_of(groups, work, at_once=_at_once(stage))
    for later in rest[len(groups) :]:
        work(later)
    _remove_stacks(root, stage, [part for part in left if part != SUMMARY], target, tell)
    return account.outputs(target, stage)


def remove(
    root: Path,
    stage: Stage,
    target: Account,
    *,
    confirmed: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Delete the stage's stacks, the main one last, and wait until they are gone.

    Raises:
        UnconfirmedRemoval: the stage is protected and ``confirmed`` is false.
        OthersStack: a stack has a name of this stage and belongs to something else.
        NotDeployed: there is nothing to remove.
        TocsinError: a stack failed; the message names it, and another removal goes on from there.
    """
    if stage.protected and not confirmed:
        raise UnconfirmedRemoval(
            f"stage {stage.name} is protected: found no --yes; accepted: "
            f"`{typed(f'remove --stage {stage.name} --yes')}` (the error log is retained)"
        )
    deployed = deployed_stacks(target, stage)
    if not deployed:
        account.outputs(target, stage)  # raises, with what to do
    several = tell if len(deployed) > 1 else lambda _: None
    groups = sorted((part for part in deployed if part.isdigit()), key=int, reverse=True)
    for parts in ([SUMMARY], groups, [""]):
        _remove_stacks(root, stage, [part for part in parts if part in deployed], target, several)
    still = deployed_stacks(target, stage)
    if still:
        names = ", ".join(Stack(stage, part, ()).name for part in still)
        raise TocsinError(f"still there after osls remove: {names}")


def _environment(target: Account) -> dict[str, str]:
    """The process environment in which osls works on ``target``."""
    if target.local is None:
        return {**target.environment}
    return {**target.environment, osls.POLL_INTERVAL: str(_LOCAL_POLL_INTERVAL_MS)}


def _deploy_stack(
    root: Path,
    stack: Stack,
    target: Account,
    watched: rollback.Trigger | None,
    *,
    go_on: bool,
) -> None:
    package = stack.folder(root) / PACKAGE_FOLDER
    if not stack.stage.is_local:
        told = watched.configuration if watched else rollback.NOTHING
        osls_state.put_provider(package, "rollbackConfiguration", told)
    try:
        osls.run(
            root,
            stack.folder(root),
            "deploy",
            "--package",
            PACKAGE_FOLDER,
            environment=_environment(target),
        )
    except osls.OslsError as error:
        message = f"stack {stack.name}: {error}" if go_on else f"{error}"
        if undone := rollback.explanation(target, watched):
            message += f"\n{undone}"
        if go_on:
            message += f"\n`{typed(f'deploy --stage {stack.stage.name}')}` goes on from here"
        raise osls.OslsError(message) from error


def _remove_stacks(
    root: Path,
    stage: Stage,
    parts: Sequence[str],
    target: Account,
    tell: Callable[[str], None],
) -> None:
    current = {stack.part: stack for stack in stacks_of(stage)}

    def work(stack: Stack) -> None:
        render_stack(root, stack)
        try:
            osls.run(root, stack.folder(root), "remove", environment=_environment(target))
        except osls.OslsError as error:
            raise TocsinError(f"stack {stack.name}: {error}") from error
        tell(f"  {stack.name}: removed")

    stacks = [current.get(part, Stack(stage, part, ())) for part in parts]
    if stacks:
        each_of(stacks, work, at_once=_at_once(stage))


def _at_once(stage: Stage) -> int:
    return (os.cpu_count() or 1) if stage.is_local else STACKS_AT_ONCE
