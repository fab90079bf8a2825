"""CloudWatch for the console to read: a stage's alarms, and an hour that ends badly for orders.

Everything that it answers is in CloudWatch's own forms; states and reasons are the engine's.
"""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tests.console_stage import NOW
from tocsin import names
from tocsin.alarms import AlarmDefinition
from tocsin.cloudwatch import (
    Metric,
    MetricAlarm,
    MetricStore,
    State,
    alarm_from_api,
    evaluate,
    query_from_api,
)
from tocsin.config import Stage
from tocsin.stacks.self_monitoring import self_monitoring

HOURS = 30
_ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"


def definition(alarm: AlarmDefinition) -> dict[str, Any]:
    """An alarm as DescribeAlarms gives it, without its state."""
    metrics = [
        {
            "Id": read.id,
            "MetricStat": {
                "Metric": read.metric_of_api,
                "Period": alarm.period,
                "Stat": read.statistic,
            },
            "ReturnData": not alarm.expression,
        }
        for read in alarm.reads
    ]
    if alarm.expression:
        metrics.append(
            {"Id": alarm.expression_id, "Expression": alarm.expression, "ReturnData": True}
        )
    return {
        "AlarmName": alarm.name,
        "AlarmArn": f"{_ARN}{alarm.name}",
        "Metrics": metrics,
        "Threshold": float(alarm.threshold),
        "ComparisonOperator": alarm.comparison_operator,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "TreatMissingData": alarm.treat_missing_data,
        "ActionsEnabled": True,
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alerts-topic-dev"],
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": NOW - timedelta(days=3),
    }


class CloudWatch:
    """A boto3 client's calls, answered from a store that ``traffic`` has filled."""

    def __init__(self, stage: Stage, now: datetime = NOW) -> None:
        self.store = MetricStore()
        self.now = now
        self._put_traffic(stage)
        self.alarms: dict[str, dict[str, Any]] = {}
        self.mute_rules: dict[str, dict[str, Any]] = {}
        for function in stage.watched:
            made = [
                definition(alarm) for alarm in function.alarm_definitions(stage.suffix, stage.name)
            ]
            for alarm_made in made:
                self._set_state(alarm_made)
            self.alarms |= {alarm["AlarmName"]: alarm for alarm in made}
            self._put_composite(
                names.function_health(function.key, stage.suffix),
                [alarm["AlarmName"] for alarm in made],
            )
        for alarm in self_monitoring(stage):
            own = definition(alarm)
            self._set_state(own)
            self.alarms[alarm.name] = own
        healths = [names.function_health(function.key, stage.suffix) for function in stage.watched]
        self._put_composite(names.stage_health(stage.suffix), healths)

    def describe_alarms(self, AlarmNames: Sequence[str], **_: Any) -> dict[str, Any]:
        found = [self.alarms[name] for name in AlarmNames if name in self.alarms]
        return {
            "MetricAlarms": [alarm for alarm in found if "AlarmRule" not in alarm],
            "CompositeAlarms": [alarm for alarm in found if "AlarmRule" in alarm],
        }

    def mute(self, rule: str, alarms: Sequence[str], note: str, **schedule: str) -> None:
        """A rule whose window is open now."""
        self.mute_rules[rule] = {
            "Name": rule, "Status": "ACTIVE", "Description": note,
            "Rule": {"Schedule": {"Timezone": "UTC", **schedule}},
            "MuteTargets": {"AlarmNames": list(alarms)},
        }  # fmt: skip

    def list_alarm_mute_rules(self, **_: Any) -> dict[str, Any]:
        place = _ARN.replace(":alarm:", ":alarm-mute-rule:")
        return {
            "AlarmMuteRuleSummaries": [
                {"AlarmMuteRuleArn": place + name, "Status": rule["Status"]}
                for name, rule in self.mute_rules.items()
            ]
        }

    def get_alarm_mute_rule(self, AlarmMuteRuleName: str) -> dict[str, Any]:
        return self.mute_rules[AlarmMuteRuleName]

    def describe_alarm_history(self, AlarmName: str, **_: Any) -> dict[str, Any]:
        alarm = self.alarms[AlarmName]
        if alarm["StateValue"] != "ALARM":
            return {"AlarmHistoryItems": []}
        data = {
            "oldState": {"stateValue": "OK"},
            "newState": {"stateValue": "ALARM", "stateReason": alarm["StateReason"]},
        }
        items = [
            {
                "AlarmName": AlarmName,
                "Timestamp": alarm["StateUpdatedTimestamp"],
                "HistoryItemType": "StateUpdate",
                "HistorySummary": "Alarm updated from OK to ALARM",
                "HistoryData": json.dumps(data),
            },
            {
                "AlarmName": AlarmName,
                "Timestamp": self.now - timedelta(days=2, hours=3),
                "HistoryItemType": "StateUpdate",
                "HistorySummary": "Alarm updated from ALARM to OK",
                "HistoryData": json.dumps(
                    {
                        "oldState": {"stateValue": "ALARM"},
                        "newState": {"stateValue": "OK", "stateReason": "all is well again"},
                    }
                ),
            },
        ]
        return {"AlarmHistoryItems": items}

    def get_paginator(self, operation: str) -> Any:
        client = self

        class Pages:
            def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
                yield getattr(client, operation)(**request)

        return Pages()

    def get_metric_data(
        self, MetricDataQueries: Sequence[dict[str, Any]], StartTime: datetime, EndTime: datetime,
        **_: Any,
    ) -> dict[str, Any]:  # fmt: skip
        results = []
        for asked in MetricDataQueries:
            stat = query_from_api(asked).stat
            assert stat is not None
            series = self.store.series(stat, int(StartTime.timestamp()), int(EndTime.timestamp()))
            there = ~np.isnan(series.values)
            results.append(
                {
                    "Id": asked["Id"],
                    "StatusCode": "Complete",
                    "Timestamps": [
                        datetime.fromtimestamp(at, UTC) for at in series.timestamps[there].tolist()
                    ],
                    "Values": series.values[there].tolist(),
                }
            )
        return {"MetricDataResults": results}

    def _put_traffic(self, stage: Stage) -> None:
        """Calls every minute; orders fails since 10:12, payments is slow in waves, the third of
        the functions has calls every tenth minute only."""
        end = int(self.now.timestamp()) // 60 * 60
        for place, function in enumerate(stage.watched):
            for minute in range(HOURS * 60):
                at = end - (minute + 1) * 60
                if place % 3 == 2 and minute % 10:
                    continue
                calls = 40 + round(15 * math.sin(minute / 40 + place))
                failing = place == 0 and minute < 19 and minute % 5 != 4
                self._put(function.name, "Invocations", at, float(calls))
                self._put(function.name, "Errors", at, float(calls // 2 if failing else 0))
                self._put(function.name, "Throttles", at, 0.0)
                slow = 380 * max(0.0, math.sin(minute / 25)) ** 8 if place == 1 else 0.0
                self._put(function.name, "Duration", at, 140 + slow + 12 * (minute % 7))

    def _put(self, function: str, metric: str, at: int, value: float) -> None:
        named = Metric.of("AWS/Lambda", metric, {"FunctionName": function})
        self.store.put(named, at, value)

    def _set_state(self, described: dict[str, Any]) -> None:
        alarm: MetricAlarm = alarm_from_api(described)
        reached = evaluate(alarm, self.store, self.now.timestamp(), State.INSUFFICIENT_DATA)
        if reached.changed:
            since = self.now - (
                timedelta(minutes=16) if reached.state is State.ALARM else timedelta(days=1)
            )
            described |= {
                "StateValue": str(reached.state),
                "StateReason": reached.reason,
                "StateUpdatedTimestamp": since,
            }

    def _put_composite(self, name: str, children: Sequence[str]) -> None:
        firing = [child for child in children if self.alarms[child]["StateValue"] == "ALARM"]
        state = "ALARM" if firing else "OK"
        self.alarms[name] = {
            "AlarmName": name,
            "AlarmArn": f"{_ARN}{name}",
            "AlarmRule": " OR ".join(f'ALARM("{child}")' for child in children) or "FALSE",
            "ActionsEnabled": True,
            "StateValue": state,
            "StateReason": f"{_ARN}{firing[0]} transitioned to ALARM" if firing else "all are OK",
            "StateUpdatedTimestamp": self.now - timedelta(minutes=16),
        }
