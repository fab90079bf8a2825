"""The AWS calls that code makes, recorded where botocore makes every one of them.

Clients, paginators, waiters and threads all go through ``BaseClient._make_api_call``; what is
recorded is the call as the code wrote it, also where the service then refuses it.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from botocore.client import BaseClient

ACCOUNT = "123456789012"
REGION = "us-east-1"

# Operations whose IAM action has another name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
OTHER_NAMES = {"lambda:Invoke": "lambda:InvokeFunction"}


@dataclass(frozen=True)
class Call:
    """One call: ``service`` and ``operation`` as botocore names them, its parameters."""

    service: str
    operation: str
    parameters: dict[str, Any]

    @property
    def action(self) -> str:
        """The IAM action that AWS looks for."""
        name = f"{self.service}:{self.operation}"
        return OTHER_NAMES.get(name, name)

    @property
    def resource(self) -> str:
        """The ARN that AWS looks for the action on.

        A query of an index is asked about the index alone:
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html

        Raises KeyError for a service whose resources are not described here.
        """
        services = {"dynamodb": self._table, "sqs": self._queue, "logs": self._log_group}
        return services[self.service]()

    def _table(self) -> str:
        table = arn("dynamodb", f"table/{self.parameters['TableName']}")
        index = self.parameters.get("IndexName")
        return f"{table}/index/{index}" if index else table

    def _log_group(self) -> str:
        return arn("logs", f"log-group:{self.parameters['logGroupName']}:*")

    def _queue(self) -> str:
        return arn("sqs", self.parameters["QueueUrl"].rpartition("/")[2])


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


@contextlib.contextmanager
def recorded() -> Iterator[list[Call]]:
    """Every call of every client while the block runs."""
    calls: list[Call] = []
    make = BaseClient._make_api_call  # type: ignore[attr-defined]

    def record(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append(Call(self.meta.service_model.service_name, operation, dict(parameters)))
        return make(self, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", record):
        yield calls
