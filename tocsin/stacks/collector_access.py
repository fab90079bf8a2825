"""Which logs may call the collector, and which it may read.

A permission is a statement in the collector's policy, which Lambda keeps to 20 KB, and one of the
500 resources of the main stack. So the stage's own log groups are named one by one while they are
few, and by what all their names have in common beyond that. Of other stacks there is one for each
prefix and each further log group, and one for all logs of the account where those are too many.
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import hashlib
from fnmatch import fnmatchcase
from typing import Any

from tocsin import names
from tocsin.config import Stage

_OWN = "CollectorInvokePermission"

MOST = 40
"""Statements of some 350 bytes, beside what else is in the policy."""

MOST_OWN = 20
"""Log groups of the stage's own that are named one by one."""

ALL_GROUPS = "*"


def own_permissions(stage: Stage) -> dict[str, str]:
    """Logical id of a permission -> the name of the stage's log group that it is for.

    One for all of them, by a pattern, where they are more than ``MOST_OWN``.
    """
    groups = {
        function.logical_id: function.log_group for function in stage.functions if function.has_log
    }
    drill = names.function(names.DRILL, stage.suffix)
    groups[names.logical_id(names.DRILL)] = names.log_group(drill)
    if len(groups) > MOST_OWN or len(groups) + len(invoke_permissions(stage)) > MOST:
        shared = names.log_group(names.function("*", stage.suffix))
        others = {group for group in groups.values() if not fnmatchcase(group, shared)}
        if len(others) > MOST_OWN or len(others) + len(invoke_permissions(stage)) >= MOST:
            return {_OWN: ALL_GROUPS}
        return {_OWN: shared} | {
            f"{logical_id}{_OWN}": group for logical_id, group in groups.items() if group in others
        }
    return {f"{logical_id}{_OWN}": group for logical_id, group in groups.items()}


def own_permission_of(stage: Stage, logical_id: str) -> str:
    """The logical id of the permission that lets the log of the stage's function in."""
    named = f"{logical_id}{_OWN}"
    return named if named in own_permissions(stage) else _OWN


def permissions(stage: Stage) -> dict[str, str]:
    """Of the stage's own log groups and of other stacks', as in ``invoke_permissions``."""
    return own_permissions(stage) | invoke_permissions(stage)


def reading(stage: Stage) -> dict[str, Any]:
    """The collector's right to read around what it is sent, as a statement of its role."""
    return {
        "Sid": "ReadWhatItIsToldOf",
        "Effect": "Allow",
        "Action": "logs:GetLogEvents",
        "Resource": [
            {"Fn::Sub": log_group_arn(permission)} for permission in permissions(stage).values()
        ],
    }


def log_group_arn(pattern: str) -> str:
    """The ARN, for Fn::Sub, of the log groups of this account whose name has ``pattern``."""
    return (
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{pattern}:*"
    )


def invoke_permissions(stage: Stage) -> dict[str, str]:
    """Logical id of a permission -> the pattern of the names of log groups that it is for."""
    patterns = [
        names.log_group(f"{selector.prefix}*")
        for selector in stage.selectors
        if selector.prefix is not None
    ]
    for function in stage.external_functions:
        group = function.log_group
        if not any(fnmatchcase(group, pattern) for pattern in patterns):
            patterns.append(group)
    if len(patterns) > MOST:
        patterns = [ALL_GROUPS]
    return {_logical_id(pattern): pattern for pattern in patterns}


def permission_of(stage: Stage, log_group: str) -> str:
    """The logical id of the permission that lets the log of ``log_group`` in."""
    allowed = invoke_permissions(stage)
    return next(arn for arn, pattern in allowed.items() if fnmatchcase(log_group, pattern))


def subscribers(stage: Stage) -> frozenset[str]:
    """Names of the external functions whose log group is subscribed for them.

    A group that several functions log to is subscribed once, for the first of them; one that is
    not there yet cannot be.
    """
    first: dict[str, str] = {}
    for function in stage.external_functions:
        if function.has_log_group:
            first.setdefault(function.log_group, function.name)
    return frozenset(first.values())


def _logical_id(pattern: str) -> str:
    # After the pattern, not its place: a new entry must not replace the others' permissions.
    digest = hashlib.blake2b(pattern.encode(), digest_size=5).hexdigest()
    return f"CollectorExternalInvokePermission{digest}"
