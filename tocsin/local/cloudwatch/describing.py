"""The operations that only look: alarms, their history, dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.cloudwatch import Metric, MetricAlarm, MetricStat
from tocsin.local.cloudwatch.alarms import Alarms, Held
from tocsin.local.cloudwatch.dashboards import Dashboards
from tocsin.local.cloudwatch.errors import InvalidParameterCombination, ResourceNotFound
from tocsin.local.cloudwatch.history import History
from tocsin.local.cloudwatch.metric_data import dimensions_of
from tocsin.local.cloudwatch.pagination import page

Params = Mapping[str, Any]
Output = dict[str, Any]

ALARM_PAGE = 50
HISTORY_PAGE = 100
DASHBOARD_PAGE = 500


def alarms(held: Alarms, params: Params) -> Output:
    """DescribeAlarms: metric alarms only, unless AlarmTypes says otherwise."""
    _check_filters(params)
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    family = _family(held, params)
    chosen = [
        alarm
        for alarm in held
        if (alarm.type in types or family is not None)
        and (family is None or alarm.name in family)
        and ("AlarmNames" not in params or alarm.name in params["AlarmNames"])
        and alarm.name.startswith(params.get("AlarmNamePrefix", ""))
        and params.get("StateValue", str(alarm.state.state)) == str(alarm.state.state)
        and _has_action(alarm, params.get("ActionPrefix", ""))
    ]
    shown, token = page(chosen, params.get("NextToken"), params.get("MaxRecords", ALARM_PAGE))
    described = (
        [_brief(alarm) for alarm in shown]
        if family is not None
        else [alarm.to_api() for alarm in shown]
    )
    pairs = list(zip(shown, described, strict=True))
    return {
        "MetricAlarms": [api for alarm, api in pairs if alarm.type == "MetricAlarm"],
        "CompositeAlarms": [api for alarm, api in pairs if alarm.type == "CompositeAlarm"],
        "LogAlarms": [],
        "NextToken": token,
    }


def alarms_for_metric(held: Alarms, params: Params) -> Output:
    """DescribeAlarmsForMetric: single-metric alarms and those whose Metrics use the metric."""
    metric = Metric.of(
        params["Namespace"], params["MetricName"], dimensions_of(params.get("Dimensions", ()))
    )
    found = [
        alarm.to_api()
        for alarm in held
        if isinstance(alarm.alarm, MetricAlarm)
        and any(
            query.stat is not None and _fits(query.stat, metric, params)
            for query in alarm.alarm.queries
        )
    ]
    return {"MetricAlarms": found}


def history(held: History, params: Params) -> Output:
    """DescribeAlarmHistory, newest first unless ScanBy says otherwise."""
    items = held.find(
        alarm=params.get("AlarmName"),
        alarm_types=params.get("AlarmTypes") or ["MetricAlarm"],
        item_type=params.get("HistoryItemType"),
        start=params["StartDate"].timestamp() if "StartDate" in params else float("-inf"),
        end=params["EndDate"].timestamp() if "EndDate" in params else float("inf"),
        ascending=params.get("ScanBy") == "TimestampAscending",
    )
    shown, token = page(items, params.get("NextToken"), params.get("MaxRecords", HISTORY_PAGE))
    return {"AlarmHistoryItems": [item.to_api() for item in shown], "NextToken": token}


def dashboards(held: Dashboards, params: Params) -> Output:
    """ListDashboards."""
    found = held.entries(params.get("DashboardNamePrefix", ""))
    shown, token = page(found, params.get("NextToken"), DASHBOARD_PAGE)
    return {"DashboardEntries": shown, "NextToken": token}


def _check_filters(params: Params) -> None:
    if "AlarmNames" in params and "AlarmNamePrefix" in params:
        raise InvalidParameterCombination(
            "AlarmNames and AlarmNamePrefix cannot be given together."
        )
    alone = {"ChildrenOfAlarmName", "ParentsOfAlarmName"} & params.keys()
    others = params.keys() - alone - {"MaxRecords", "NextToken"}
    if alone and (others or len(alone) > 1):
        raise InvalidParameterCombination(
            f"{', '.join(sorted(alone))} can be combined with MaxRecords and NextToken only."
        )


def _family(held: Alarms, params: Params) -> set[str] | None:
    """Names ChildrenOfAlarmName or ParentsOfAlarmName select; None when neither is given."""
    for key in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
        if key in params:
            alarm = held.get(params[key])
            if alarm is None:
                raise ResourceNotFound(f"Alarm {params[key]} does not exist")
            if key == "ChildrenOfAlarmName":
                return set(alarm.children)
            return {parent.name for parent in held.parents(alarm.name)}
    return None


def _brief(alarm: Held) -> Output:
    """What the API shows of children and parents."""
    full = alarm.to_api()
    keys = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")
    return {key: full[key] for key in keys}


def _has_action(alarm: Held, prefix: str) -> bool:
    if not prefix:
        return True
    held = alarm.alarm
    lists = (held.alarm_actions, held.ok_actions, held.insufficient_data_actions)
    return any(action.startswith(prefix) for actions in lists for action in actions)


def _fits(stat: MetricStat, metric: Metric, params: Params) -> bool:
    wanted = params.get("ExtendedStatistic", params.get("Statistic", stat.stat))
    return (
        stat.metric == metric
        and stat.stat == wanted
        and params.get("Period", stat.period) == stat.period
        and params.get("Unit", stat.unit) == stat.unit
    )
