"""Which logs of other stacks may call the collector.

A permission is a statement in the collector's policy, which Lambda keeps to 20 KB: one for each
prefix and each further log group, and one for all logs of the account where those are too many.
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import hashlib
from fnmatch import fnmatchcase

from tocsin import names
from tocsin.config import Stage

MOST = 40
"""Statements of some 350 bytes, beside what else is in the policy."""

ALL_GROUPS = "*"


def invoke_permissions(stage: Stage) -> dict[str, str]:
    """Logical id of a permission -> the pattern of the names of log groups that it is for."""
    patterns = [
        names.log_group(f"{each.prefix}*") for each in stage.selectors if each.prefix is not None
    ]
    for function in stage.external_functions:
        group = function.log_group
        if not any(fnmatchcase(group, each) for each in patterns):
            patterns.append(group)
    if len(patterns) > MOST:
        patterns = [ALL_GROUPS]
    return {_logical_id(each): each for each in patterns}


def permission_of(stage: Stage, log_group: str) -> str:
    """The logical id of the permission that lets the log of ``log_group`` in."""
    allowed = invoke_permissions(stage)
    return next(each for each, pattern in allowed.items() if fnmatchcase(log_group, pattern))


def subscribers(stage: Stage) -> frozenset[str]:
    """Names of the external functions whose log group is subscribed for them.

    A group that several functions log to is subscribed once, for the first of them.
    """
    first: dict[str, str] = {}
    for each in stage.external_functions:
        first.setdefault(each.log_group, each.name)
    return frozenset(first.values())


def _logical_id(pattern: str) -> str:
    # After the pattern, not its place: a new entry must not replace the others' permissions.
    digest = hashlib.blake2b(pattern.encode(), digest_size=5).hexdigest()
    return f"CollectorExternalInvokePermission{digest}"
