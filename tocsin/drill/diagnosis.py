"""Which link broke: from what the deployed parts say about themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.alarms.definition import MetricRead
from tocsin.alarms.kinds.error_rate import FAILED_ANSWERS
from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.aws.account import Account
from tocsin.config import Watched
from tocsin.drill import refused_writes
from tocsin.drill.traffic import Called, FinishedCall

_LOOK_BACK = timedelta(hours=3)
# What CloudWatch says in an alarm's history -> whose policy it is.
_REFUSALS = {
    "not authorized to perform: SNS:Publish": "the topic's policy does not let CloudWatch publish",
    "access the SNS topic encryption key": "the policy of the topic's key does not let CloudWatch "
    "use it (kms:Decrypt, kms:GenerateDataKey*)",
}


def missing_record(function: Called, failed: FinishedCall) -> str:
    """Why ``failed`` has no record: nobody tried to write one."""
    return (
        "handler -> error log: neither a record nor a fallback line for request "
        f"{failed.request_id} in log group {function.log_group}; is the handler "
        "decorated with errorlog?"
    )


def refused_record(function: Called, line: refused_writes.RefusedWrite) -> str:
    """What stands between a record and the table, as the function's log tells it."""
    return (
        f"error log -> table: the store refused the record ({line.reason}); "
        f"all of it is in log group {function.log_group}"
    )


def subscription(account: Account, function: Called) -> str | None:
    """ARN of what the function's log is delivered to; None where it goes nowhere."""
    filters = account.client("logs").describe_subscription_filters(logGroupName=function.log_group)[
        "subscriptionFilters"
    ]
    return str(filters[0]["destinationArn"]) if filters else None


def missing_platform_record(account: Account, function: Called, failed: FinishedCall) -> str:
    """Why what the platform logged about ``failed`` made no record."""
    target = subscription(account, function)
    if target is None:
        group = function.log_group
        return f"platform log -> collector: log group {group} has no subscription"
    return (
        f"collector -> table: {target} is subscribed, and made no record of request "
        f"{failed.request_id}; see its log and its dead letters"
    )


def silent_alarm(account: Account, function: Watched, alarm: dict[str, Any]) -> str:
    """Why ``alarm`` (from DescribeAlarms) did not go to ALARM though its function failed."""
    # errorlog counts such answers only where there are some.
    watched = [metric for metric in _metrics(alarm) if metric["MetricName"] != FAILED_ANSWERS]
    for metric in watched:
        if not _has_data(account, metric, alarm):
            return (
                f"metric -> alarm: it watches {_shown(metric)}, which has no data; "
                f"the function emits {_shown({**metric, 'Dimensions': _dimensions(function)})}"
            )
    threshold = alarm.get("Threshold")
    return (
        f"metric -> alarm: the metrics have data, but the state is {alarm['StateValue']} with "
        f"threshold {threshold}: {alarm.get('StateReason', 'no reason given')}"
    )


def dilution(
    account: Account, function: Watched, failures: int, since: datetime, now: datetime
) -> str | None:
    """Why the alarm on errors says nothing of ``failures`` that were made ``since`` then.

    Where others call the function so much more often that these are a smaller share than the alarm
    asks for, its silence is right. None where that is not so. Both times are the stage's.
    """
    settings = ERROR_RATE.of(function)

    def sums(read: MetricRead) -> list[float]:
        answer = account.client("cloudwatch").get_metric_statistics(
            **read.metric_of_api,
            StartTime=since,
            EndTime=now + timedelta(seconds=settings.period),
            Period=settings.period,
            Statistics=["Sum"],
        )
        return [point["Sum"] for point in answer["Datapoints"] if point["Sum"]]

    errors, invocations, *answers = ERROR_RATE.reads(function)
    periods = sums(invocations)
    calls = sum(periods)
    if not calls:
        return None
    # What failed before, in the same period, is in the alarm's rate as well.
    failed = max(failures, sum(sum(sums(read)) for read in (errors, *answers)))
    share, asked = 100 * failed / calls, settings.asked_of(calls / len(periods))
    if share > asked:
        return None
    told = f"the drill's {failures} failures are"
    if failed > failures:
        told = f"{failed:g} failures, the drill's {failures} among them, are"
    return (
        f"others called it meanwhile: {told} {share:.2g} % of {calls:g} calls, and of so many the "
        f"alarm asks for more than {asked:g} %"
    )


def missing_notification(
    account: Account, alarm: dict[str, Any], topic_arn: str, state: str
) -> str:
    """Why nothing arrived though ``alarm`` went to ``state``."""
    key = {"ALARM": "AlarmActions", "OK": "OKActions"}[state]
    if not alarm.get("ActionsEnabled", True):
        return "alarm -> topic: the alarm's actions are disabled (ActionsEnabled is false)"
    actions = alarm.get(key, [])
    if topic_arn not in actions:
        listed = ", ".join(actions) or "nothing"
        return f"alarm -> topic: {key} names {listed}, not the topic {topic_arn}"
    failed = _failed_action(account, alarm["AlarmName"])
    if failed:
        # The summary ends after 255 characters, and with long names before it says why.
        said = f"{failed['HistorySummary']} {failed.get('HistoryData', '')}"
        hints = [f"; {hint}" for refused, hint in _REFUSALS.items() if refused in said]
        return f"alarm -> topic: {failed['HistorySummary']}{''.join(hints)}"
    return f"topic -> subscriber: {topic_arn} was told, but the probe's queue got nothing"


def _metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    if "MetricName" in alarm:
        return [
            {
                "Namespace": alarm["Namespace"],
                "MetricName": alarm["MetricName"],
                "Dimensions": alarm.get("Dimensions", []),
            }
        ]
    return [metric["MetricStat"]["Metric"] for metric in alarm["Metrics"] if "MetricStat" in metric]


def _has_data(account: Account, metric: dict[str, Any], alarm: dict[str, Any]) -> bool:
    now = datetime.now(UTC)
    updated = alarm.get("StateUpdatedTimestamp") or now
    end = max(now, updated) + _LOOK_BACK  # the local stage's clock may run ahead of the wall
    answer = account.client("cloudwatch").get_metric_statistics(
        **metric,
        StartTime=now - _LOOK_BACK,
        EndTime=end,
        Period=3600,
        Statistics=["SampleCount"],
    )
    return bool(answer["Datapoints"])


def _dimensions(function: Watched) -> list[dict[str, str]]:
    return [{"Name": "FunctionName", "Value": function.name}]


def _shown(metric: dict[str, Any]) -> str:
    dimensions = ", ".join(
        f"{dimension['Name']}={dimension['Value']}" for dimension in metric["Dimensions"]
    )
    return f"{metric['Namespace']} {metric['MetricName']} {{{dimensions}}}"


def _failed_action(account: Account, alarm_name: str) -> dict[str, Any] | None:
    answer = account.client("cloudwatch").describe_alarm_history(
        AlarmName=alarm_name,
        # Without them it tells of metric alarms alone.
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        HistoryItemType="Action",
        MaxRecords=10,
    )
    items: list[dict[str, Any]] = answer["AlarmHistoryItems"]
    return next((item for item in items if "fail" in item["HistorySummary"].lower()), None)
