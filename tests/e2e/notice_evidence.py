"""Why somebody was told: what alarms did, who muted them until when, the calls of each minute."""

from collections import Counter
from datetime import datetime, timedelta

from tests.e2e.conftest import Project

_LOOKED_BACK = timedelta(hours=6)


def why_told(project: Project, function: str) -> str:
    """For the message of an assertion: all of the last hours, oldest first."""
    client = project.client("cloudwatch")
    pages = client.get_paginator("describe_alarm_history").paginate(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    history = [
        (item["Timestamp"], f"{item['AlarmName']}: {item['HistorySummary'][:150]}")
        for page in pages
        for item in page["AlarmHistoryItems"]
        if item["HistoryItemType"] in ("StateUpdate", "Action")
    ]
    end = max((at for at, _ in history), default=None)
    if end is None:
        return "no alarm has a history"
    recent = sorted(entry for entry in history if entry[0] > end - _LOOKED_BACK)
    lines = [f"{at:%H:%M:%S} {said}" for at, said in recent]
    for summary in client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]:
        name = summary["AlarmMuteRuleArn"].rpartition(":")[2]
        rule = client.get_alarm_mute_rule(AlarmMuteRuleName=name)
        schedule, targets = rule["Rule"]["Schedule"], rule["MuteTargets"]["AlarmNames"]
        lines.append(f"{name}: {summary['Status']}, {schedule}, {len(targets)}: {targets[:3]} ...")
    calls, failures = (
        _minutes(project, function, metric, end) for metric in ("Invocations", "Errors")
    )
    lines += [
        f"{minute:%H:%M} {calls[minute]:g} calls, {failures[minute]:g} failed"
        for minute in sorted(calls)
    ]
    return "\n".join(lines)


def _minutes(project: Project, function: str, metric: str, end: datetime) -> Counter[datetime]:
    answer = project.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=end - _LOOKED_BACK,
        EndTime=end + timedelta(minutes=2),
        Period=60,
        Statistics=["Sum"],
    )
    return Counter({point["Timestamp"]: point["Sum"] for point in answer["Datapoints"]})
