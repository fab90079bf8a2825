"""The IAM policy that somebody needs who runs the tasks against a stage on AWS.

Written from the names of the stage, and held by tests to the calls in the code, both ways.
Which action is looked for on which resource:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from tocsin.aws.deployer_rights import deployer_grants
from tocsin.aws.driller_rights import driller_grants
from tocsin.aws.grant import Grant
from tocsin.aws.operator_rights import (
    exporter_grants,
    importer_grants,
    muter_grants,
    reader_grants,
    triager_grants,
)
from tocsin.cloudwatch.regions import partition_of
from tocsin.config import Stage
from tocsin.exceptions import InputError

LONGEST = 6_144
"""A managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def policy(stage: Stage, role: str, account_id: str = "*") -> dict[str, Any]:
    """The policy document of ``role`` for ``stage``.

    ``account_id`` may stay ``*``: a policy of an identity reaches into no other account unless
    that one lets it.

    Raises:
        InputError: ``role`` is none of ``ROLES``.
    """
    if role not in ROLES:
        raise InputError(f"--role: found {role!r}; accepted: {', '.join(ROLES)}")
    statements = [
        {
            "Sid": grant.sid,
            "Effect": "Allow",
            "Action": list(grant.actions),
            "Resource": [_arn(stage, account_id, resource) for resource in grant.resources],
            **({"Condition": grant.condition} if grant.condition else {}),
        }
        for grant in _GRANTS[role](stage)
    ]
    return _document(statements)


def parts(document: dict[str, Any]) -> list[dict[str, Any]]:
    """``document`` as policies that are each no longer than a managed policy may be."""
    found: list[list[dict[str, Any]]] = [[]]
    for statement in document["Statement"]:
        if found[-1] and length(_document([*found[-1], statement])) > LONGEST:
            found.append([])
        found[-1].append(statement)
    return [_document(statements) for statements in found]


def length(document: dict[str, Any]) -> int:
    """In characters, as IAM counts: without white space."""
    return len(re.sub(r"\s", "", json.dumps(document)))


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _arn(stage: Stage, account_id: str, resource: str) -> str:
    if resource == "*" or resource.startswith("arn:"):
        return resource.replace("::*:", f"::{account_id}:")  # those of no region
    service, _, rest = resource.partition(":")
    return f"arn:{partition_of(stage.region)}:{service}:{stage.region}:{account_id}:{rest}"


def _deployer(stage: Stage) -> list[Grant]:
    """Deploy and remove, and the drill that a deploy holds."""
    own = list(deployer_grants(stage))
    return [
        *own,
        *(rest for grant in driller_grants(stage) if (rest := _beyond(own, grant)).actions),
    ]


def _beyond(others: list[Grant], grant: Grant) -> Grant:
    """``grant`` without the actions that ``others`` allow wherever it does."""
    had = {
        action
        for other in others
        if not other.condition and all(_covers(other, resource) for resource in grant.resources)
        for action in other.actions
    }
    return replace(grant, actions=tuple(action for action in grant.actions if action not in had))


def _covers(grant: Grant, resource: str) -> bool:
    return any(fnmatchcase(resource, pattern) for pattern in grant.resources)


_GRANTS = {
    "reader": reader_grants,
    "triager": triager_grants,
    "exporter": exporter_grants,
    "muter": muter_grants,
    "importer": importer_grants,
    "driller": driller_grants,
    "deployer": _deployer,
}
ROLES = tuple(_GRANTS)
