"""AWS::CloudWatch::Alarm, ::AlarmMuteRule, ::CompositeAlarm, ::Dashboard in CloudFormation.

And what ministack leaves out of the resources of a template that are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, lambda_svc, sns
from ministack.services.cloudformation import provisioners

from tocsin.exceptions import TocsinError
from tocsin.local.cloudwatch import CloudWatch
from tocsin.local.cloudwatch.errors import ServiceError

Properties = dict[str, Any]
Provisioned = tuple[str, dict[str, str]]
"""What Ref returns, and the attributes for Fn::GetAtt."""


Names = Callable[[CloudWatch, str], str]


@dataclass(frozen=True)
class _Resource:
    """One resource type: created under a name, updated in place, replaced on a rename.

    ``put`` gives further attributes for Fn::GetAtt; ``ref`` what Ref gives of a resource of that
    name.
    """

    name_property: str
    here: Callable[[], CloudWatch]
    exists: Callable[[CloudWatch, str], bool]
    put: Callable[[CloudWatch, str, Properties], dict[str, str] | None]
    delete_named: Callable[[CloudWatch, str], None]
    arn: Names | None
    refers_by_arn: bool = False

    def handler(self) -> dict[str, Any]:
        """The entry for ministack's table of resource handlers."""
        return {
            "create": self.create,
            "update": self.update,
            "update_with_logical_id": True,
            "delete": self.delete,
        }

    def create(self, logical_id: str, properties: Properties, stack: str) -> Provisioned:
        """A new resource; a name that is taken fails the stack, as on AWS."""
        name = self._name(logical_id, properties, stack)
        if self.exists(self.here(), name):
            raise ValueError(f"{name} already exists")
        return self._store(name, properties)

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Provisioned:
        """In place under the same name; under another name the old one goes afterwards."""
        name = self._name(logical_id or physical_id, new, stack)
        if name == self._named(physical_id):
            return self._store(name, new)
        created = self.create(logical_id or physical_id, new, stack)
        provisioners._delete_predecessor(self.delete, physical_id, old)
        return created

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Gone already is as good as deleted."""
        try:
            self.delete_named(self.here(), self._named(physical_id))
        except ServiceError as error:
            if error.status != 404:
                raise ValueError(error.message) from error

    def _store(self, name: str, properties: Properties) -> Provisioned:
        here = self.here()
        try:
            further = self.put(here, name, properties) or {}
        except ServiceError as error:
            raise ValueError(f"{error.message} ({error.code})") from error
        except TocsinError as error:
            raise ValueError(str(error)) from error
        if self.arn is None:
            return name, further
        arn = self.arn(here, name)
        return arn if self.refers_by_arn else name, {"Arn": arn, **further}

    def _name(self, logical_id: str, properties: Properties, stack: str) -> str:
        given = properties.get(self.name_property)
        return str(given or provisioners._physical_name(stack, logical_id, max_len=255))

    def _named(self, physical_id: str) -> str:
        return physical_id.rpartition(":")[2] if self.refers_by_arn else physical_id


def install(here: Callable[[], CloudWatch]) -> None:
    """Enter our resource types in ministack's table; ``here`` finds the request's CloudWatch."""
    alarm = _Resource(
        "AlarmName",
        here,
        CloudWatch.has_alarm,
        CloudWatch.put_metric_alarm_from_template,
        CloudWatch.delete_alarm,
        CloudWatch.alarm_arn,
    )
    composite = replace(alarm, put=CloudWatch.put_composite_alarm_from_template)
    dashboard = _Resource(
        "DashboardName",
        here,
        CloudWatch.has_dashboard,
        CloudWatch.put_dashboard_from_template,
        CloudWatch.delete_dashboard,
        None,
    )
    mute_rule = _Resource(
        "Name",
        here,
        CloudWatch.has_mute_rule,
        CloudWatch.put_mute_rule_from_template,
        CloudWatch.delete_mute_rule,
        CloudWatch.mute_rule_arn,
        refers_by_arn=True,
    )
    provisioners._RESOURCE_HANDLERS.update(
        {
            "AWS::CloudWatch::Alarm": alarm.handler(),
            "AWS::CloudWatch::AlarmMuteRule": mute_rule.handler(),
            "AWS::CloudWatch::CompositeAlarm": composite.handler(),
            "AWS::CloudWatch::Dashboard": dashboard.handler(),
        }
    )
    for tagged in ("AlarmMuteRule", "CompositeAlarm"):
        provisioners._STACK_TAG_PROPERTY[f"AWS::CloudWatch::{tagged}"] = ("Tags", "list")
    _complete_functions(provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"])
    _complete_topics(provisioners._RESOURCE_HANDLERS["AWS::SNS::Topic"])
    _complete_tables(provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"])


def _complete(handler: dict[str, Any], add: Callable[[str, Properties], None]) -> None:
    """Have ``add`` complete each resource of a type: (what Ref returns, properties)."""
    create, update = handler["create"], handler["update"]

    def created(logical_id: str, properties: Properties, stack: str) -> Provisioned:
        provisioned: Provisioned = create(logical_id, properties, stack)
        add(provisioned[0], properties)
        return provisioned

    def updated(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Provisioned:
        provisioned: Provisioned = update(physical_id, old, new, stack, logical_id)
        add(provisioned[0], new)
        return provisioned

    handler.update(create=created, update=updated)


def _complete_functions(handler: dict[str, Any]) -> None:
    """What ministack leaves out of a function: reserved concurrency, dead letters, its end.

    Without the first no template can be throttled; without the last the processes of a
    removed function stay on.
    """
    delete = handler["delete"]

    def add(name: str, properties: Properties) -> None:
        reserved = properties.get("ReservedConcurrentExecutions")
        record = lambda_svc._functions[name]
        record["concurrency"] = None if reserved is None else int(reserved)
        record["config"].pop("DeadLetterConfig", None)
        if letters := properties.get("DeadLetterConfig"):
            record["config"]["DeadLetterConfig"] = dict(letters)

    def deleted(physical_id: str, properties: Properties) -> None:
        delete(physical_id, properties)
        lambda_svc.invalidate_worker(physical_id, account=get_account_id(), region=get_region())

    _complete(handler, add)
    handler["delete"] = deleted


def _complete_tables(handler: dict[str, Any]) -> None:
    """Time to live, by which items go, and point-in-time recovery, as the template declares."""

    def add(name: str, properties: Properties) -> None:
        given = properties.get("TimeToLiveSpecification") or {}
        dynamodb._ttl_settings.pop(name, None)
        if _is_on(given.get("Enabled")):
            dynamodb._ttl_settings[name] = {
                "TimeToLiveStatus": "ENABLED",
                "AttributeName": str(given.get("AttributeName", "")),
            }
        recovery = properties.get("PointInTimeRecoverySpecification") or {}
        dynamodb._pitr_settings[name] = _is_on(recovery.get("PointInTimeRecoveryEnabled"))

    _complete(handler, add)


def _is_on(given: Any) -> bool:
    """A boolean of a template, which may be a text."""
    return str(given).lower() == "true"


def _complete_topics(handler: dict[str, Any]) -> None:
    """The key of a topic: without it nothing is refused that a key's policy would refuse."""

    def add(arn: str, properties: Properties) -> None:
        attributes = sns._topics[arn]["attributes"]
        attributes.pop("KmsMasterKeyId", None)
        if key := properties.get("KmsMasterKeyId"):
            attributes["KmsMasterKeyId"] = str(key)

    _complete(handler, add)
