"""What a resource of a template is called: its name, its ARN, what Ref and GetAtt give of it.

What only a deployment knows (an ARN, a made-up name) gets the value it would have if CloudFormation
named every resource by its logical id.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.cloudformation.resource_arns import arn_form, refers_by_arn
from tocsin.cloudformation.undecided import Undecided
from tocsin.cloudwatch.errors import UnknownValueError
from tocsin.cloudwatch.regions import partition_of

# The property that holds a resource's name, by type; Ref gives it where it is set.
_NAMED_BY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}


class ResourceNames:
    """Of the ``resources`` of one template, by logical id.

    ``deployed`` has names as deployed; where it is given (it may be empty), nothing is made up.
    ``resolved`` (value, place) fills in what a name is made of.
    """

    def __init__(
        self,
        resources: Mapping[str, Mapping[str, Any]],
        deployed: Mapping[str, str] | None,
        resolved: Callable[[Any, str], Any],
        *,
        account: str,
        region: str,
    ) -> None:
        self._resources = resources
        self._deployed = deployed
        self._resolved = resolved
        self._place = {"account": account, "region": region}
        self._partition = partition_of(region)

    def __contains__(self, logical_id: object) -> bool:
        return logical_id in self._resources

    def reference(self, logical_id: str) -> Any:
        """What Ref gives."""
        kind = self._resources[logical_id].get("Type")
        if refers_by_arn(str(kind)):
            return self._arn(logical_id)
        if kind == "AWS::SQS::Queue":
            place = "{region}.amazonaws.com/{account}".format(**self._place)
            return f"https://sqs.{place}/{self._name(logical_id)}"
        return self._name(logical_id)

    def attribute(self, logical_id: str, attribute: str, where: str) -> str:
        """What Fn::GetAtt gives.

        Raises:
            UnknownValueError: the deployment tells, and is not made up.
        """
        if attribute.endswith("Arn"):
            return self._arn(logical_id)
        if attribute in ("Name", "TopicName", "QueueName", "FunctionName", "TableName"):
            return self._name(logical_id)
        if self._deployed is not None:
            raise UnknownValueError(where, [f"{logical_id}.{attribute}: known when deployed"])
        return Undecided(f"{logical_id}.{attribute}")

    def _name(self, logical_id: str) -> str:
        if self._deployed is not None and logical_id in self._deployed:
            return self._deployed[logical_id]
        resource = self._resources[logical_id]
        key = _NAMED_BY.get(str(resource.get("Type")))
        properties = resource.get("Properties")
        named = properties.get(key) if key and isinstance(properties, Mapping) else None
        if named is None:
            if self._deployed is not None:
                raise UnknownValueError(logical_id, ["its name is given when it is deployed"])
            return logical_id
        found = self._resolved(named, f"{logical_id}.Properties.{key}")
        return found if isinstance(found, Undecided) else str(found)

    def _arn(self, logical_id: str) -> str:
        kind = str(self._resources[logical_id].get("Type"))
        name = self._name(logical_id)
        arn = f"arn:{self._partition}:{arn_form(kind).format(name=name, **self._place)}"
        return Undecided(arn) if isinstance(name, Undecided) else arn
