"""From what is deployed and how much is called to lines of a bill.

What the functions themselves cost, and what metrics their code emits, is not observability of
this stack and left out.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tocsin import names
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.cost.prices import Prices, prices

GB = 1e9

# Lambda's own lines (START, END, REPORT) are some 350 bytes a call; the rest is one line of JSON.
PLATFORM_LOG_BYTES = 350
LOG_BYTES = 800
# A failure also logs its exception; its record is some 3 KB with trace and event.
ERROR_LOG_BYTES = 2_500
RECORD_KB = 3
# CloudWatch Logs keeps text at about a seventh of its size.
LOG_COMPRESSION = 0.15
# The collector is called for a failure's lines: 0.1 s with 256 MB.
COLLECTOR_GB_SECONDS = 0.1 * 0.25
# The memory of bugs for a failure by itself, where most are: a transaction of its count and of the
# bug (docs/bugs.md); of a storm one write a bug and batch.
BUG_WRITE_UNITS, BUG_READ_UNITS = 6, 3
BUG_GB_SECONDS = 0.1 * 0.25
# Changes of state an alarm has in a month, told to one subscriber each.
CHANGES_AN_ALARM = 20

_ALARM, _COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
_PRICED = {_ALARM, _COMPOSITE, "AWS::CloudWatch::Dashboard", "AWS::DynamoDB::Table",
           "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::KMS::Key",
           "AWS::Logs::SubscriptionFilter", "AWS::SecretsManager::Secret"}  # fmt: skip
# No charge for having them; the few cents of storage and calls are below what is told here.
_FREE = {"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::Lambda::Permission", "AWS::SNS::TopicPolicy",
         "AWS::SNS::Subscription", "AWS::Lambda::LayerVersion", "AWS::SQS::Queue",
         "AWS::SQS::QueuePolicy", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Alias",
         "AWS::Lambda::Version", "AWS::Lambda::EventSourceMapping",
         "AWS::Lambda::EventInvokeConfig"}  # fmt: skip


@dataclass(frozen=True)
class Usage:
    """A month of the whole stage: calls, and the share of them (0 to 1) that fail."""

    invocations: float
    error_rate: float
    log_bytes: int = LOG_BYTES

    @property
    def errors(self) -> float:
        return self.invocations * self.error_rate


@dataclass(frozen=True)
class CostLine:
    """One line of the bill, USD a month; ``lever`` would save ``saving`` of it."""

    what: str
    quantity: float
    unit: str
    price: float
    lever: str = ""
    saving: float = 0.0

    @property
    def usd(self) -> float:
        return self.quantity * self.price

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "usd": round(self.usd, 4)}


@dataclass(frozen=True)
class Estimate:
    """The bill of a stage. ``unpriced`` are resource types that nothing here knows of."""

    stack: str
    region: str
    prices: Prices
    lines: tuple[CostLine, ...]
    unpriced: Mapping[str, int]

    @property
    def usd(self) -> float:
        return sum(line.usd for line in self.lines)

    @property
    def biggest(self) -> list[CostLine]:
        """The three lines that cost most."""
        return sorted((line for line in self.lines if line.usd), key=lambda line: -line.usd)[:3]

    def as_dict(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "usd": round(self.usd, 2),
            "prices": {"region": self.prices.region, "date": self.prices.date.isoformat()},
            "lines": [line.as_dict() for line in self.lines],
            "biggest": [line.what for line in self.biggest],
            "unpriced": dict(self.unpriced),
        }


def estimate(stage: Stage, template: Template, usage: Usage) -> Estimate:
    """The bill of ``stage`` for ``usage``; ``template`` is that of all its stacks."""
    charged = prices(stage.region)
    lines = (
        *_alarms(template, charged),
        *_fixed(template, charged),
        *_logs(stage, usage, charged),
        *_error_log(stage, template, usage, charged),
        *_calls(template, usage, charged),
    )
    unpriced = {
        kind: len(found) for kind, found in template.types.items() if kind not in _PRICED | _FREE
    }
    return Estimate(stage.stack_name, stage.region, charged, lines, unpriced)


def metrics_of(alarm: Mapping[str, Any]) -> int:
    """How many metrics an alarm is charged for: those that its math reads, or its one."""
    return sum("MetricStat" in metric for metric in alarm.get("Metrics", ())) or 1


def _alarms(template: Template, charged: Prices) -> Iterator[CostLine]:
    alarms = template.of_type(_ALARM).values()
    quick = [alarm for alarm in alarms if _period(alarm) < 60]
    slow = [alarm for alarm in alarms if _period(alarm) >= 60]
    latency = [alarm for alarm in slow if alarm.get("MetricName") == "Duration"]
    yield CostLine(
        "metric alarms", sum(map(metrics_of, slow)), "metrics", charged.alarm_metric,
        "alarms: {latency: {enabled: false}}",
        sum(map(metrics_of, latency)) * charged.alarm_metric,
    )  # fmt: skip
    if quick:
        yield CostLine(
            "high-resolution alarms", sum(map(metrics_of, quick)), "metrics",
            charged.high_resolution_alarm_metric,
        )  # fmt: skip
    composites = template.of_type(_COMPOSITE).values()
    silent = [composite for composite in composites if not composite.get("AlarmActions")]
    yield CostLine(
        "composite alarms", len(composites), "alarms", charged.composite_alarm,
        "severity: ticket for alarms of functions that shall wake nobody",
        len(silent) * charged.composite_alarm,
    )  # fmt: skip


def _period(alarm: Mapping[str, Any]) -> int:
    stats = [metric["MetricStat"] for metric in alarm.get("Metrics", ()) if "MetricStat" in metric]
    return int(stats[0]["Period"] if stats else alarm.get("Period", 60))


def _fixed(template: Template, charged: Prices) -> Iterator[CostLine]:
    yield CostLine(
        "dashboards", len(template.of_type("AWS::CloudWatch::Dashboard")), "dashboards",
        charged.dashboard,
    )  # fmt: skip
    keys = template.of_type("AWS::KMS::Key")
    if keys:
        yield CostLine(
            "encryption keys", len(keys), "keys", charged.kms_key,
            "topicKey: the ARN of a key that you have", len(keys) * charged.kms_key,
        )  # fmt: skip
    secrets = template.of_type("AWS::SecretsManager::Secret")
    if secrets:
        yield CostLine(
            "secrets", len(secrets), "secrets", charged.secret,
            "drill: {answer: false}", len(secrets) * charged.secret,
        )  # fmt: skip


def _logs(stage: Stage, usage: Usage, charged: Prices) -> Iterator[CostLine]:
    errors = usage.errors * ERROR_LOG_BYTES
    written = (usage.invocations * usage.log_bytes + errors) / GB
    least = (usage.invocations * min(usage.log_bytes, PLATFORM_LOG_BYTES) + errors) / GB
    yield CostLine(
        "log ingest", written, "GB", charged.log_ingest_gb,
        "logLevel: WARNING (Lambda's own lines are left)",
        (written - least) * charged.log_ingest_gb,
    )  # fmt: skip
    kept = written * LOG_COMPRESSION * stage.log_retention_days / 30
    yield CostLine(
        "log storage", kept, "GB", charged.log_storage_gb,
        f"logRetentionDays: {stage.log_retention_days} halved",
        kept / 2 * charged.log_storage_gb,
    )  # fmt: skip


def _error_log(
    stage: Stage, template: Template, usage: Usage, charged: Prices
) -> Iterator[CostLine]:
    every = template.of_type("AWS::DynamoDB::Table").values()
    remembered = names.bugs_table(stage.suffix)
    tables = [table for table in every if table.get("TableName") != remembered]
    copies = sum(1 + len(table.get("GlobalSecondaryIndexes", ())) for table in tables)
    recovered = any(
        table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        for table in tables
    )
    units = usage.errors * math.ceil(RECORD_KB) * copies
    yield CostLine(
        "error log: writes", units, "write units", charged.write_unit,
        "ERROR_LOG_BURST lower: a storm is counted, not written", units / 2 * charged.write_unit,
    )  # fmt: skip
    stored = usage.errors * RECORD_KB * 1_000 * copies / GB * stage.error_retention_days / 30
    yield CostLine(
        "error log: storage", stored, "GB", charged.table_storage_gb,
        f"errorRetentionDays: {stage.error_retention_days} halved",
        stored / 2 * charged.table_storage_gb,
    )  # fmt: skip
    if recovered:
        yield CostLine(
            "error log: point-in-time recovery", stored, "GB", charged.point_in_time_recovery_gb
        )

    if len(tables) < len(every):
        yield CostLine(
            "bugs: writes", usage.errors * BUG_WRITE_UNITS, "write units", charged.write_unit,
            "bugs: {enabled: false}", usage.errors * BUG_WRITE_UNITS * charged.write_unit,
        )  # fmt: skip
        units = usage.errors * BUG_READ_UNITS
        yield CostLine("bugs: reads", units, "read units", charged.read_unit)
        yield CostLine("bugs: calls", usage.errors, "calls", charged.lambda_request)
        seconds = usage.errors * BUG_GB_SECONDS
        yield CostLine("bugs: compute", seconds, "GB-seconds", charged.lambda_gb_second)


def _calls(template: Template, usage: Usage, charged: Prices) -> Iterator[CostLine]:
    if template.of_type("AWS::Logs::SubscriptionFilter"):
        yield CostLine("collector: calls", usage.errors, "calls", charged.lambda_request)
        seconds = usage.errors * COLLECTOR_GB_SECONDS
        yield CostLine("collector: compute", seconds, "GB-seconds", charged.lambda_gb_second)
    if template.of_type("AWS::SNS::Topic"):
        told = len(template.of_type(_ALARM)) * CHANGES_AN_ALARM
        yield CostLine("notifications", told, "messages", charged.notification)
