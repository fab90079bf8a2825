"""What a change of state sends out: the SNS message, the history item, the EventBridge event.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html,
API_AlarmHistoryItem.html and the messages CloudWatch publishes to SNS.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tocsin.cloudwatch.alarm import CompositeAlarm, MetricAlarm, State
from tocsin.cloudwatch.evaluation import StateRecord
from tocsin.cloudwatch.metrics import MetricQuery, MetricStat
from tocsin.cloudwatch.reasons import INITIAL_REASON, api_time
from tocsin.cloudwatch.regions import alarm_arn, long_name
from tocsin.cloudwatch.statistics import BASIC

Alarm = MetricAlarm | CompositeAlarm


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state, from one record to the next."""

    old: StateRecord
    new: StateRecord

    @classmethod
    def initial(cls, new: StateRecord, created_at: float | None = None) -> Transition:
        """The first change of an alarm, from the state in which every alarm begins."""
        at = new.at if created_at is None else created_at
        return cls(StateRecord(State.INSUFFICIENT_DATA, INITIAL_REASON, at), new)


def sns_message(
    alarm: Alarm,
    transition: Transition,
    account: str,
    region: str,
    *,
    configured_at: float | None = None,
    after_mute: bool = False,
) -> tuple[str, str]:
    """Subject and JSON body of the message that an SNS action publishes.

    ``configured_at`` (epoch seconds) is when the alarm was last created or updated; the time of
    the old state when it is not known. ``after_mute``: a mute rule has held the action back.
    """
    old, new = transition.old, transition.new
    place = long_name(region)
    body: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": api_time(
            old.at if configured_at is None else configured_at
        ),
        "NewStateValue": str(new.state),
        "NewStateReason": new.reason,
        "StateChangeTime": api_time(new.at),
        "Region": place,
        "AlarmArn": alarm_arn(alarm.name, account, region),
        "OldStateValue": str(old.state),
        "ActionExecutedAfterMuteWindow": after_mute,
        "OKActions": list(alarm.ok_actions),
        "AlarmActions": list(alarm.alarm_actions),
        "InsufficientDataActions": list(alarm.insufficient_data_actions),
    }
    if isinstance(alarm, MetricAlarm):
        body["Trigger"] = _trigger(alarm)
    else:
        del body["AlarmConfigurationUpdatedTimestamp"]
        body["AlarmRule"] = alarm.rule
        body["TriggeringChildren"] = [
            {
                "Arn": child["arn"],
                "State": {
                    "Value": child["state"]["value"],
                    "Timestamp": child["state"]["timestamp"],
                },
            }
            for child in (new.reason_data or {}).get("triggeringAlarms", [])
        ]
    # SNS cuts a subject at 100 characters; CloudWatch shortens the name to fit.
    subject = f'{new.state}: "{alarm.name}" in {place}'
    if len(subject) > 100:
        room = len(alarm.name) - (len(subject) - 100) - 3
        subject = f'{new.state}: "{alarm.name[:room]}..." in {place}'
    return subject, json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def history_item(alarm: Alarm, transition: Transition) -> dict[str, Any]:
    """A StateUpdate item as DescribeAlarmHistory returns it; ``Timestamp`` in epoch seconds."""
    old, new = transition.old, transition.new
    data = {"version": "1.0", "oldState": _history_state(old), "newState": _history_state(new)}
    return {
        "AlarmName": alarm.name,
        "AlarmType": "CompositeAlarm" if isinstance(alarm, CompositeAlarm) else "MetricAlarm",
        "Timestamp": new.at,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {old.state} to {new.state}",
        "HistoryData": json.dumps(data, separators=(",", ":"), ensure_ascii=False),
    }


def eventbridge_event(
    alarm: Alarm, transition: Transition, account: str, region: str
) -> dict[str, Any]:
    """The "CloudWatch Alarm State Change" event of a change of state.

    The id is derived from the alarm and the time, so that a replay gives the same event again.
    """
    new = transition.new
    arn = alarm_arn(alarm.name, account, region)
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{arn}@{api_time(new.at)}")),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": datetime.fromtimestamp(int(new.at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [arn],
        "detail": {
            "alarmName": alarm.name,
            "state": _event_state(new),
            "previousState": _event_state(transition.old),
            "configuration": _event_configuration(alarm),
        },
    }


def _history_state(record: StateRecord) -> dict[str, Any]:
    state: dict[str, Any] = {"stateValue": str(record.state), "stateReason": record.reason}
    if record.reason_data is not None:
        state["stateReasonData"] = record.reason_data
    return state


def _event_state(record: StateRecord) -> dict[str, Any]:
    state: dict[str, Any] = {"value": str(record.state), "reason": record.reason}
    if record.reason_data is not None:
        state["reasonData"] = json.dumps(record.reason_data, separators=(",", ":"))
    state["timestamp"] = api_time(record.at)
    return state


def _event_configuration(alarm: Alarm) -> dict[str, Any]:
    described = {"description": alarm.description} if alarm.description else {}
    if isinstance(alarm, CompositeAlarm):
        configuration: dict[str, Any] = {"alarmRule": alarm.rule}
        if alarm.actions_suppressor is not None:
            configuration |= {
                "actionsSuppressor": alarm.actions_suppressor,
                "actionsSuppressorWaitPeriod": alarm.actions_suppressor_wait_period,
                "actionsSuppressorExtensionPeriod": alarm.actions_suppressor_extension_period,
            }
        return configuration | described
    return described | {"metrics": [_event_metric(alarm, query) for query in _all_queries(alarm)]}


def _event_metric(alarm: MetricAlarm, query: MetricQuery) -> dict[str, Any]:
    if query.stat is None:
        label = {} if query.label is None else {"label": query.label}
        entry: dict[str, Any] = {"id": query.id, "expression": query.expression, **label}
    else:
        metric = query.stat.metric
        # A single-metric alarm's query has no id of its own; CloudWatch makes one up.
        made_up = uuid.UUID(hashlib.sha256(alarm.name.encode()).hexdigest()[:32])
        entry = {
            "id": str(made_up) if alarm.single is not None else query.id,
            "metricStat": {
                "metric": {
                    "dimensions": dict(metric.dimensions),
                    "name": metric.name,
                    "namespace": metric.namespace,
                },
                "period": query.stat.period,
                "stat": query.stat.stat,
                **({"unit": query.stat.unit} if query.stat.unit else {}),
            },
        }
    return entry | {"returnData": query.return_data}


def _all_queries(alarm: MetricAlarm) -> tuple[MetricQuery, ...]:
    """The alarm's queries, that of its band last."""
    return alarm.queries if alarm.band is None else (*alarm.queries, alarm.band)


def _trigger(alarm: MetricAlarm) -> dict[str, Any]:
    rules = {
        "EvaluationPeriods": alarm.evaluation_periods,
        **(
            {}
            if alarm.datapoints_to_alarm is None
            else {"DatapointsToAlarm": alarm.datapoints_to_alarm}
        ),
        "ComparisonOperator": alarm.comparison_operator,
        **(
            {"Threshold": float(alarm.threshold)}
            if alarm.band is None
            else {"ThresholdMetricId": alarm.band.id}
        ),
        "TreatMissingData": alarm.treat_missing_data or "",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if alarm.single is not None:
        return {**_trigger_metric(alarm.single), **rules}
    metrics = [_trigger_query(query) for query in _all_queries(alarm)]
    return {"Period": alarm.period, **rules, "Metrics": metrics}


def _trigger_metric(stat: MetricStat) -> dict[str, Any]:
    statistic = (
        {"StatisticType": "Statistic", "Statistic": _java_name(stat.stat)}
        if stat.stat in BASIC
        else {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": stat.stat}
    )
    return {
        "MetricName": stat.metric.name,
        "Namespace": stat.metric.namespace,
        **statistic,
        "Unit": stat.unit,
        "Dimensions": _trigger_dimensions(stat),
        "Period": stat.period,
    }


def _trigger_query(query: MetricQuery) -> dict[str, Any]:
    entry: dict[str, Any] = {"Id": query.id}
    if query.stat is None:
        entry["Expression"] = query.expression
    else:
        entry["MetricStat"] = {
            "Metric": {
                "Dimensions": _trigger_dimensions(query.stat),
                "MetricName": query.stat.metric.name,
                "Namespace": query.stat.metric.namespace,
            },
            "Period": query.stat.period,
            "Stat": query.stat.stat,
            **({"Unit": query.stat.unit} if query.stat.unit else {}),
        }
    if query.label is not None:
        entry["Label"] = query.label
    return entry | {"ReturnData": query.return_data}


def _trigger_dimensions(stat: MetricStat) -> list[dict[str, str]]:
    return [{"value": value, "name": name} for name, value in stat.metric.dimensions]


def _java_name(statistic: str) -> str:
    """CloudWatch's messages name the basic statistics by their enum: SAMPLE_COUNT, AVERAGE."""
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()
