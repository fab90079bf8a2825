"""What the roles of a stage are for: their functions, and the logs, tables and rights of these."""

from collections.abc import Iterator
from typing import Any

from tocsin import names
from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Properties, Template
from tocsin.config import Stage
from tocsin.stacks import collector_access, notifier_access, stacks_of
from tocsin.stacks.needed_rights import needed_rights
from tocsin.stacks.roles import roles_of


class StageRoles:
    """What the roles of a stage may be about, by logical id."""

    def __init__(self, stage: Stage, template: Template) -> None:
        self.users: dict[str, list[Properties]] = {}
        for properties in template.of_type("AWS::Lambda::Function").values():
            for logical_id in references(properties.get("Role")):
                self.users.setdefault(logical_id, []).append(properties)
        every = [role for stack in stacks_of(stage) for role in roles_of(stack)]
        self.declared = {
            role.name: [
                permission.statement(stage.suffix)
                for function in role.functions
                for permission in function.permissions
            ]
            for role in every
        }
        self.needed = {
            role.name: [
                statement
                for function in role.functions
                for statement in needed_rights(function, stage)
            ]
            for role in every
        }
        self.given = {
            logical_id
            for function in stage.functions
            for logical_id in role_references(function.own_role)
        }
        collector = names.function(names.COLLECTOR, stage.suffix)
        self.collector_role = names.role(names.COLLECTOR, stage.suffix)
        self.reading = collector_access.reading(stage)
        notifier_role = names.role(names.NOTIFIER, stage.suffix)
        # What knows no narrower resource, or is checked by itself.
        self.allowed = [
            (self.collector_role, self.reading),
            (notifier_role, notifier_access.reading()),
            *((notifier_role, statement) for statement in notifier_access.secrets(stage)),
        ]
        bugs = names.function(names.BUGS, stage.suffix)
        # One never starts, what the other recorded would come back to it.
        self.record_nothing = {names.function(names.DRILL, stage.suffix), bugs}
        self.bugs_role = names.role(names.BUGS, stage.suffix)
        self.roles = set(template.of_type("AWS::IAM::Role"))
        self.logs = {
            function.name: function.log_group if function.has_log else ""
            for function in stage.functions
        }
        self.role_names = {
            collector: self.collector_role,
            bugs: self.bugs_role,
            names.function(names.DRILL, stage.suffix): names.role(names.DRILL, stage.suffix),
            names.function(names.NOTIFIER, stage.suffix): notifier_role,
        } | {function.name: role.name for role in every for function in role.functions}
        self.groups = {
            logical_id: properties.get("LogGroupName")
            for logical_id, properties in template.of_type("AWS::Logs::LogGroup").items()
        }
        tables = {
            properties.get("TableName"): logical_id
            for logical_id, properties in template.of_type("AWS::DynamoDB::Table").items()
        }
        self.tables = {tables.get(names.table(stage.suffix))} - {None}
        self.bugs_tables = {tables.get(names.bugs_table(stage.suffix))} - {None}

    def log_of(self, function: Properties) -> str:
        """The log group of a compiled function; empty where it writes none."""
        name = str(function.get("FunctionName"))
        return self.logs.get(name, names.log_group(name))


def role_references(role: Any) -> Iterator[str]:
    """The logical ids of a role as monitoring.yml gives it: by reference, or by that id alone."""
    if isinstance(role, str) and not role.startswith("arn:"):
        yield role
    yield from references(role)
