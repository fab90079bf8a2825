"""What a function's role lets it do: its own log, its errors into the table, nothing by a wildcard.

Where functions share a role (`roles: shared`), the logs of all that run as it are their own.

A role that can do more is not seen until somebody uses it, and neither is one that can do less:
a function that may not write its record falls back to its log in silence.
https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from tocsin.check.stage_roles import StageRoles, role_references
from tocsin.cloudformation.osls_resources import is_osls_own
from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Properties, Statement, Template, statements_of
from tocsin.config import Function, Stage
from tocsin.config.osls_variables import has_variable
from tocsin.config.permission import EVERY
from tocsin.findings import Finding, Severity
from tocsin.json_values import as_list
from tocsin.stacks import collector_access

TRUSTED = "lambda.amazonaws.com"
INVERTED = ("NotAction", "NotResource", "NotPrincipal")
# Policies beside a role's own, which nobody who reads the role sees.
ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")
LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
WRITE = "dynamodb:PutItem"


def roles(stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each way in which a role is wider, or narrower, than its functions need."""
    found = StageRoles(stage, template)
    for logical_id, role in template.of_type("AWS::IAM::Role").items():
        if is_osls_own(logical_id):
            continue
        if logical_id in found.given:
            yield from _given(logical_id, template.statements(logical_id), found)
            continue
        yield from _trust(logical_id, role)
        for policy in role.get("ManagedPolicyArns", []):
            yield _finding("managed-policy", logical_id, f"has the managed policy {policy}")
        if not found.users.get(logical_id):
            yield _finding("unused", logical_id, "is the role of no function")
        yield from _strangers(logical_id, role, found)
        statements = template.statements(logical_id)
        yield from _beyond_its_functions(logical_id, role, statements, found)
        yield from _lacking(logical_id, statements, found)
        yield from _not_granted(logical_id, role, statements, found)
    for function in stage.functions:
        yield from _elsewhere(function, found)
    for kind in ATTACHED:
        for logical_id in template.of_type(kind):
            yield _finding("attached", logical_id, f"{kind}: a role's policies stand in the role")


def _beyond_its_functions(
    logical_id: str, role: Properties, statements: Sequence[Statement], found: StageRoles
) -> Iterator[Finding]:
    """What is granted and nobody declared, needs or knows."""
    name = str(role.get("RoleName"))
    tables = found.bugs_tables if name == found.bugs_role else found.tables
    for statement in statements:
        if any(_is_of(statement, permission) for permission in found.declared.get(name, [])):
            yield from _everywhere(logical_id, statement)
            continue
        if any(_is_of(statement, grant) for grant in found.needed.get(name, [])):
            continue
        if (name, statement) in found.allowed:
            continue
        yield from _wildcards(logical_id, statement)
        yield from _foreign(logical_id, statement, found, tables)


def _not_granted(
    logical_id: str, role: Properties, statements: Sequence[Statement], found: StageRoles
) -> Iterator[Finding]:
    """What monitoring.yml declares, or a function or the collector needs, and is not there."""
    name = str(role.get("RoleName"))
    if name == found.collector_role and found.reading not in statements:
        message = "may not read the logs that it is sent lines of, or may read others"
        yield _finding("reading", logical_id, message)
    for permission in found.declared.get(name, []):
        if not any(_is_of(statement, permission) for statement in statements):
            actions = ", ".join(permission["Action"])
            message = f"does not grant {actions} as monitoring.yml declares it"
            yield _finding("declared", logical_id, message)
    for grant in found.needed.get(name, []):
        if not any(_is_of(statement, grant) for statement in statements):
            actions = ", ".join(grant["Action"])
            message = f"does not grant {actions}, which the keys or events of its function need"
            yield _finding("needed", logical_id, message)


def _given(
    logical_id: str, statements: Iterable[Statement], found: StageRoles
) -> Iterator[Finding]:
    """Of a role that the project made for its functions: what they cannot do as it."""
    for finding in _lacking(logical_id, statements, found):
        yield Finding(Severity.WARNING, finding.rule, logical_id, finding.message)


def _elsewhere(function: Function, found: StageRoles) -> Iterator[Finding]:
    """Of a role that is not in the template, nothing is known here."""
    role = function.own_role
    if role is not None and not set(role_references(role)) & found.roles:
        needs = [WRITE, *(LOG_ACTIONS if function.has_log else ())]
        message = (
            f"runs as {role}, which is not in this stack: whether that may "
            f"{', '.join(needs)} is not known here"
        )
        yield Finding(Severity.WARNING, "roles/elsewhere", function.key, message)


def _trust(logical_id: str, role: Properties) -> Iterator[Finding]:
    for statement in statements_of(role.get("AssumeRolePolicyDocument")) or [{}]:
        principal, actions = statement.get("Principal"), statement.get("Action")
        if (statement.get("Effect"), principal, as_list(actions)) != (
            "Allow",
            {"Service": TRUSTED},
            ["sts:AssumeRole"],
        ):
            message = f"trusts {principal} with {actions}, not {TRUSTED} alone"
            yield _finding("trust", logical_id, message)


def _strangers(logical_id: str, role: Properties, found: StageRoles) -> Iterator[Finding]:
    """Functions that monitoring.yml gives another role: their rights are added up in this one."""
    name = role.get("RoleName")
    for user in found.users.get(logical_id, []):
        function = str(user.get("FunctionName"))
        own = found.role_names.get(function, name)
        if name != own:
            yield _finding("stranger", logical_id, f"{function} runs as {name}, not as {own}")


def _is_of(statement: Statement, permission: Statement) -> bool:
    """Whether a compiled statement is a declared or needed one; osls may have filled in a text."""
    if not has_variable(permission):
        return statement == permission
    resources = as_list(statement.get("Resource", []))
    return statement.get("Action") == permission["Action"] and len(resources) == len(
        permission["Resource"]
    )


def _everywhere(logical_id: str, statement: Statement) -> Iterator[Finding]:
    """A declared right on every resource: some actions know no other, so it is only said."""
    if EVERY in statement["Resource"]:
        actions = ", ".join(statement["Action"])
        message = f"may {actions} on every resource, as monitoring.yml declares"
        yield Finding(Severity.WARNING, "roles/every-resource", logical_id, message)


def _wildcards(logical_id: str, statement: Statement) -> Iterator[Finding]:
    for key in INVERTED:
        if key in statement:
            yield _finding("inverted", logical_id, f"{key} grants all but what it names")
    for action in as_list(statement.get("Action", [])):
        if "*" in str(action) or "?" in str(action):
            yield _finding("wildcard-action", logical_id, f"grants {action}")
    for resource in as_list(statement.get("Resource", [])):
        if resource == "*":
            yield _finding("wildcard-resource", logical_id, "grants on every resource (*)")
        elif "*" in _text(resource).removesuffix(":*"):  # all streams of one log group
            yield _finding("wildcard-resource", logical_id, f"grants on {_text(resource)}")


def _text(resource: Any) -> str:
    """A resource as far as it is written out; empty for a reference."""
    if isinstance(resource, dict):
        resource = resource.get("Fn::Sub", "")
        resource = resource[0] if isinstance(resource, list) else resource
    return str(resource)


def _foreign(
    logical_id: str, statement: Statement, found: StageRoles, tables: AbstractSet[str | None]
) -> Iterator[Finding]:
    """Rights on another function's log, or to write into anything but its table."""
    own = {found.log_of(function) for function in found.users.get(logical_id, [])}
    written_out = {
        collector_access.log_group_arn(group) for group in own if group not in found.groups.values()
    }
    actions = [str(action) for action in as_list(statement.get("Action", []))]
    for resource in as_list(statement.get("Resource", [])):
        targets = set(references(resource))
        if any(action.startswith("logs:") for action in actions):
            if _text(resource) in written_out:
                continue
            groups = {found.groups.get(target) for target in targets}
            if not groups or not groups <= own:
                others = ", ".join(sorted(str(group) for group in groups)) or _text(resource)
                yield _finding("logs", logical_id, f"grants on the log {others}, not its own")
        if WRITE in actions and not (targets and targets <= tables):
            where = ", ".join(sorted(targets)) or _text(resource)
            yield _finding("table", logical_id, f"grants {WRITE} on {where}, not the error table")


def _lacking(
    logical_id: str, statements: Iterable[Statement], found: StageRoles
) -> Iterator[Finding]:
    """What a function could not do: write its record, its log, and what it gave up on."""
    granted: set[tuple[str, str]] = {
        (str(action), target)
        for statement in statements
        if statement.get("Effect") == "Allow"
        for action in as_list(statement.get("Action", []))
        for resource in as_list(statement.get("Resource", []))
        for target in references(resource)
    }
    for user in found.users.get(logical_id, []):
        name = user.get("FunctionName")
        writes = any((WRITE, table) in granted for table in found.tables)
        if not writes and name not in found.record_nothing:
            yield _finding("table", logical_id, f"{name} may not write the error log")
        group = found.log_of(user)
        if not group or group not in found.groups.values():
            continue  # it writes no log, or into a group of somebody else's
        for action in LOG_ACTIONS:
            if not any(
                (action, target) in granted
                for target, its_group in found.groups.items()
                if its_group == group
            ):
                yield _finding("logs", logical_id, f"{name} may not {action} in {group}")
    for user in found.users.get(logical_id, []):
        name = user.get("FunctionName")
        for queue in references(user.get("DeadLetterConfig")):
            if not granted & {("sqs:SendMessage", queue), ("sns:Publish", queue)}:
                yield _finding("dead-letters", logical_id, f"{name} may not send to {queue}")


def _finding(rule: str, logical_id: str, message: str) -> Finding:
    return Finding(Severity.ERROR, f"roles/{rule}", logical_id, message)
