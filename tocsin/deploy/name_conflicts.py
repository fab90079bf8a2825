"""Whether the names of a stage are free, asked before a deploy changes anything.

Names are ``{resource-type}-{environmentSuffix}`` (docs/decisions/names.md): a suffix is one
stage's alone, and where IAM is concerned, whose roles are in no region, in all regions.
CloudFormation would find out in the middle of a deploy.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.config.suffixes import accepted_suffix
from tocsin.deploy.described import SERVICE_TAG, SUFFIX_OUTPUT, DescribedStack
from tocsin.exceptions import InputError
from tocsin.stacks.roles import ROLE_TAG
from tocsin.typed_command import typed

TABLE_OUTPUT = "ErrorLogTableName"
# Besides the suffix: a stack of somebody else may have an output of that name, too.
_FUNCTIONS = "FunctionNames"
_TOCSINS = (TABLE_OUTPUT, _FUNCTIONS, "ExternalFunctionNames")

# In which only a removal is possible.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
_UNUSABLE = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}

_MISSING = {"NoSuchEntity", "ResourceNotFoundException"}


class TakenNames(InputError):
    """Something else has the names of this stage."""


class LeftOver(InputError):
    """What an earlier deploy or removal of this stage left is in the way."""


def refuse_taken(
    target: Account,
    stage: Stage,
    stacks: Iterable[DescribedStack],
    own: Mapping[str, DescribedStack],
) -> None:
    """Nothing, or:

    ``stacks`` are those of the account and region, ``own`` the stage's among them. What the
    caller may not ask or cannot reach is left to CloudFormation to find.

    Raises:
        TakenNames: a stage of another service, or of another region, has the suffix.
        LeftOver: a stack of the stage can only be removed, or its error table, or the log group of
            a function that it does not have yet, was retained.
    """
    mine = {stack.name for stack in own.values()}
    for other in stacks:
        if other.name not in mine and _has_suffix(other, stage):
            raise TakenNames(
                f"environmentSuffix {stage.suffix}: found stack {other.name} in {stage.region}, "
                f"whose names end with it too (service {other.tags.get(SERVICE_TAG, '?')}); "
                f"nothing was deployed; accepted: {_another(stage)}"
            )
    for stack in own.values():
        if stack.status in _UNUSABLE:
            yes = " --yes" if stage.protected else ""
            raise LeftOver(
                f"stack {stack.name}: found {stack.status}, which no deploy can change; nothing "
                f"was deployed; accepted: `{typed(f'remove --stage {stage.name}{yes}')}`, then "
                "deploy"
            )
    main = own.get("")
    if main is not None and main.status.endswith("_IN_PROGRESS"):
        return  # somebody else's deploy, whose resources are this stage's
    outputs = main.outputs if main is not None else {}
    if SUFFIX_OUTPUT not in outputs:
        _refuse_role(target, stage)
    if TABLE_OUTPUT not in outputs:
        _refuse_table(target, stage)
    if stage.protected:
        _refuse_log_groups(target, stage, own)


def _has_suffix(other: DescribedStack, stage: Stage) -> bool:
    same = other.outputs.get(SUFFIX_OUTPUT) == stage.suffix
    return same and any(output in other.outputs for output in _TOCSINS)


def _refuse_role(target: Account, stage: Stage) -> None:
    """The collector's stands for all: every stage has it."""
    name = names.role(names.COLLECTOR, stage.suffix)
    answer = _found(lambda: target.client("iam").get_role(RoleName=name))
    if answer is None:
        return
    tags = {tag["Key"]: tag["Value"] for tag in answer["Role"].get("Tags") or []}
    stack, region = _stack_of(tags)
    if stack == stage.stack_name and region != stage.region:
        found = f"stage {stage.name} in {region}, and roles are in no region"
        accepted = f"--region {region}, or {_another(stage, f'{stage.suffix}-{stage.region}')}"
    else:
        found = _owner(tags, stack, region)
        accepted = f"{_another(stage)}, or that role deleted where nothing uses it"
    raise TakenNames(
        f"role {name}: found that of {found}; stage {stage.name} is not deployed in "
        f"{stage.region}; nothing was deployed; accepted: {accepted}"
    )


def _stack_of(tags: Mapping[str, str]) -> tuple[str, str]:
    """(name, region) of the stack that a role says it is of, each empty where it does not.

    The tags of CloudFormation itself reach no role yet:
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/277
    """
    stack_id = tags.get(ROLE_TAG) or tags.get("aws:cloudformation:stack-id") or ""
    parts = stack_id.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("stack/"):
        return "", ""
    return parts[5].split("/")[1], parts[3]


def _owner(tags: Mapping[str, str], stack: str, region: str) -> str:
    if stack:
        return f"stack {stack} in {region}"
    told = [f"{key} {tags[key]}" for key in (SERVICE_TAG, "stage") if key in tags]
    return ", ".join(told) or "something that does not say what it is"


def _refuse_table(target: Account, stage: Stage) -> None:
    name = names.table(stage.suffix)
    if _found(lambda: target.client("dynamodb").describe_table(TableName=name)) is None:
        return
    raise LeftOver(
        f"table {name}: found one that no stack of stage {stage.name} has, as a protected stage "
        "leaves it; nothing was deployed; accepted: that table taken over with its records, or "
        f"deleted, as docs/runbook.md#a-protected-stage says, or {_another(stage)}"
    )


def _refuse_log_groups(target: Account, stage: Stage, own: Mapping[str, DescribedStack]) -> None:
    """A protected stage keeps them, also of a function that it gives up and later takes again."""
    deployed = {
        name for stack in own.values() for name in stack.outputs.get(_FUNCTIONS, "").split(",")
    }
    if deployed <= {""}:
        return  # nothing yet, or what was taken over: its groups are among that
    for function in stage.functions:
        if function.name in deployed or not function.makes_log_group:
            continue
        name = function.log_group
        logs = target.client("logs")
        answer = _found(partial(logs.describe_log_groups, logGroupNamePrefix=name, limit=1))
        found = [group["logGroupName"] for group in (answer or {}).get("logGroups", ())]
        if found == [name]:
            raise LeftOver(
                f"log group {name}: found one that no stack of stage {stage.name} has, as a "
                "protected stage leaves it; nothing was deployed; accepted: that group deleted, as "
                "docs/runbook.md#a-protected-stage says, or another key for the function"
            )


def _another(stage: Stage, suffix: str = "") -> str:
    """What else the stage may have, with ``suffix`` or one made of the service for example."""
    example = suffix or f"{stage.service}-{stage.suffix}".lower()
    such_as = f", such as {example}" if accepted_suffix(example) else ""
    return f"another environmentSuffix for stage {stage.name} in monitoring.yml{such_as}"


def _found(ask: Callable[[], Any]) -> Any | None:
    """The answer of ``ask``; None where there is nothing, or nobody who answers this caller."""
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    try:
        return ask()
    except (ConnectionError, HTTPClientError):
        return None  # IAM is not reached from everywhere that CloudFormation is
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _MISSING or code.startswith("AccessDenied"):
            return None
        raise
