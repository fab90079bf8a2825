"""Whether what a function's log says of its failed start would reach the collector.

A start that fails cannot be had of a function without changing it, and live callers share it. So
the drill's own function, which never starts, shows that such a failure becomes a record, and here
each function's log is held against that one's: subscribed to the same collector, letting the same
lines through, from a group that the collector takes calls from.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.cloudformation.template import Statement, statements_of
from tocsin.config import Stage
from tocsin.drill.traffic import Called
from tocsin.json_values import as_list

_LOGS = "logs.amazonaws.com"
_INVOKE = ("lambda:InvokeFunction", "lambda:*", "*")


@dataclass(frozen=True)
class DrillFunction:
    """The stack's own function that cannot be imported (resources/drill.yml.j2)."""

    key: str
    name: str
    timeout: int = 6

    @classmethod
    def of(cls, stage: Stage, key: str) -> "DrillFunction":
        return cls(key, names.function(names.DRILL, stage.suffix))

    @property
    def log_group(self) -> str:
        return names.log_group(self.name)


class LogPath:
    """The way of the drill function's log, which others are compared with.

    ``place`` is any ARN of the stage's account and region.
    """

    def __init__(self, account: Account, stage: Stage, place: str) -> None:
        self._account = account
        _, self._partition, _, self._region, self._owner, *_ = place.split(":")
        self._collector = names.function(names.COLLECTOR, stage.suffix)
        self._arn = self._in_account("lambda", f"function:{self._collector}")
        self._proven = DrillFunction.of(stage, names.DRILL)
        self._pattern: str | None = None
        self._statements: list[Statement] | None = None

    def broken(self, function: Called) -> str:
        """Which link would lose a failed start of ``function``; empty where none would."""
        group = function.log_group
        leading = self._filters(group)
        if not leading:
            return (
                f"platform log -> collector: log group {group} has no subscription to {self._arn}"
            )
        if self._pattern is None:
            proven = self._filters(self._proven.log_group)
            self._pattern = proven[0]["filterPattern"] if proven else ""
        if all(subscription["filterPattern"] != self._pattern for subscription in leading):
            return (
                f"platform log -> collector: the subscription of {group} lets other lines through "
                f"than that of {self._proven.log_group}: {leading[0]['filterPattern']!r}"
            )
        source = self._in_account("logs", f"log-group:{group}:*")
        if not any(_lets_in(statement, source, self._owner) for statement in self._policy()):
            return (
                f"platform log -> collector: the policy of {self._collector} lets no log of "
                f"{group} call it"
            )
        return ""

    def _filters(self, group: str) -> list[Statement]:
        """The subscriptions of ``group`` that lead to the collector."""
        logs = self._account.client("logs")
        try:
            found = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [
            subscription for subscription in found if subscription["destinationArn"] == self._arn
        ]

    def _policy(self) -> list[Statement]:
        if self._statements is None:
            client = self._account.client("lambda")
            try:
                policy = client.get_policy(FunctionName=self._collector)["Policy"]
            except client.exceptions.ResourceNotFoundException:
                policy = '{"Statement": []}'
            self._statements = list(statements_of(json.loads(policy)))
        return self._statements

    def _in_account(self, service: str, resource: str) -> str:
        return f"arn:{self._partition}:{service}:{self._region}:{self._owner}:{resource}"


def _lets_in(statement: Statement, source: str, owner: str) -> bool:
    """Whether ``statement`` lets CloudWatch Logs call for ``source``, a log group's ARN."""
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, dict) else principal
    return (
        statement.get("Effect") == "Allow"
        and not {_LOGS, "*"}.isdisjoint(as_list(services))
        and not set(_INVOKE).isdisjoint(as_list(statement.get("Action")))
        and all(_holds(*condition, source, owner) for condition in _conditions(statement))
    )


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[Any]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield operator, key.lower(), as_list(values)


def _holds(operator: str, key: str, values: list[Any], source: str, owner: str) -> bool:
    """One condition; one that is not known here is not held to be met."""
    value = {"aws:sourcearn": source, "aws:sourceaccount": owner}.get(key)
    if value is None:
        return False
    if operator == "StringEquals":
        return value in values
    if operator in ("ArnLike", "ArnEquals", "StringLike"):
        return any(fnmatchcase(value, str(pattern)) for pattern in values)
    return False
