"""The stacks of a stage as they are deployed, and whether a deploy would move a function."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tocsin.aws import account
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.config.assignment import MAIN, assign
from tocsin.config.stacks_lock import LOCK_FILE, read_lock, write_lock
from tocsin.counted import counted
from tocsin.deploy.described import DescribedStack, Outputs, described_stacks, own_stacks
from tocsin.exceptions import InputError
from tocsin.stacks.stack import SUMMARY
from tocsin.typed_command import typed

_SHOWN = 10


class MovedFunctions(InputError):
    """stacks.lock.yml puts functions into other stacks than those that have them."""


def deployed_stacks(target: Account, stage: Stage) -> dict[str, Outputs]:
    """The outputs of each deployed stack of ``stage`` by its part (``Stack.part``); also of one
    that the stage has no more.

    Raises:
        OthersStack: a stack has a name of this stage and belongs to something else.
    """
    return outputs_of(own_stacks(stage, described_stacks(target)))


def outputs_of(stacks: Mapping[str, DescribedStack]) -> dict[str, Outputs]:
    """``stacks`` by their part -> their outputs by their part."""
    return {part: stack.outputs for part, stack in stacks.items()}


def deployed_numbers(stage: Stage, deployed: Mapping[str, Outputs]) -> dict[str, int]:
    """Function key -> the number of the stack that has it, of the functions of ``stage``."""
    keys = {function.name: function.remembered_as for function in stage.watched}
    return {
        keys[name]: int(part or MAIN)
        for part, outputs in deployed.items()
        if part != SUMMARY
        for output in ("FunctionNames", "ExternalFunctionNames")
        for name in outputs.get(output, "").split(",")
        if name in keys
    }


def refuse_moves(stage: Stage, deployed: Mapping[str, Outputs]) -> None:
    """Nothing, or:

    Raises:
        MovedFunctions: a function is deployed in another stack than ``stage`` says.
    """
    lines = list(_moves(stage, deployed_numbers(stage, deployed)))
    if lines:
        more = f"\n... and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
        raise MovedFunctions(
            f"{counted(len(lines), 'function')} would move to another stack, which loses logs; "
            f"nothing was deployed; accepted: these numbers in {LOCK_FILE}, which "
            f"`{typed(f'stacks --stage {stage.name} --recover')}` writes\n"
            + "\n".join(lines[:_SHOWN])
            + more
        )


def recover_lock(root: Path, stage: Stage, target: Account) -> None:
    """Write stacks.lock.yml with the numbers that the functions deployed on ``stage`` have.

    Functions that are not deployed there keep their number, or get one where there is room.

    Raises:
        NotDeployed: the stage is not deployed, so nothing tells.
    """
    deployed = deployed_stacks(target, stage)
    if not deployed:
        account.outputs(target, stage)  # raises, with what to do
    numbers = {**read_lock(root), **deployed_numbers(stage, deployed)}
    write_lock(root, assign(stage.stack_numbers, numbers))


def _moves(stage: Stage, numbers: Mapping[str, int]) -> Iterator[str]:
    for key, number in numbers.items():
        planned = stage.stack_numbers.get(key, MAIN)
        if planned != number:
            yield f"{key}: {number}  # found {planned}"
