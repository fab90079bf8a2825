"""CloudWatch of one account and region: its operations over its state, behind one lock."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from tocsin.cloudwatch import (
    CompositeAlarm,
    Metric,
    MetricAlarm,
    MetricStore,
    Transition,
    alarm_from_api,
    composite_from_api,
)
from tocsin.exceptions import InputError
from tocsin.local.cloudwatch import describing, metric_data, wire
from tocsin.local.cloudwatch.actions import Actions
from tocsin.local.cloudwatch.alarm_service import AlarmService, Change
from tocsin.local.cloudwatch.dashboards import Dashboards
from tocsin.local.cloudwatch.detectors import Detectors
from tocsin.local.cloudwatch.emf import embedded_metrics
from tocsin.local.cloudwatch.errors import (
    InvalidAction,
    ResourceNotFoundException,
    ServiceError,
    ValidationError,
)
from tocsin.local.cloudwatch.stage_clock import StageClock
from tocsin.local.cloudwatch.tags import Tags

logger = logging.getLogger(__name__)

Output = dict[str, Any]
Params = Mapping[str, Any]

RETENTION = 15 * 24 * 3600
"""Seconds that samples are kept: CloudWatch's retention of one-minute datapoints."""


class CloudWatch:
    """One account's CloudWatch in one region. Every public method is safe from any thread."""

    def __init__(self, account: str, region: str, clock: StageClock) -> None:
        self.clock = clock
        self.actions = Actions(account, region)
        self._store = MetricStore()
        self._service = AlarmService(account, region)
        self._alarms = self._service.alarms
        self._dashboards = Dashboards(account)
        self._detectors = Detectors(account)
        self._tags = Tags()
        self._lock = threading.RLock()
        self._operations: dict[str, Callable[[Params], Output | None]] = {
            "PutMetricData": lambda p: metric_data.put(self._store, p, self.clock.now()),
            "ListMetrics": lambda p: metric_data.list_metrics(self._store, p),
            "GetMetricStatistics": lambda p: metric_data.statistics(self._store, p),
            "GetMetricData": lambda p: metric_data.data(self._store, p),
            "PutMetricAlarm": lambda p: self._put_alarm(_evaluated(alarm_from_api(p)), p),
            "PutCompositeAlarm": lambda p: self._put_alarm(composite_from_api(p), p),
            "DescribeAlarms": lambda p: describing.alarms(self._alarms, p),
            "DescribeAlarmsForMetric": lambda p: describing.alarms_for_metric(self._alarms, p),
            "DescribeAlarmHistory": lambda p: describing.history(self._service.history, p),
            "DeleteAlarms": self._delete_alarms,
            "SetAlarmState": lambda p: self._service.set_state(p, self.clock.now()),
            "EnableAlarmActions": lambda p: self._enable_actions(p, enabled=True),
            "DisableAlarmActions": lambda p: self._enable_actions(p, enabled=False),
            "PutAlarmMuteRule": self._put_mute_rule,
            "GetAlarmMuteRule": lambda p: self._service.mute_rules.get(
                p["AlarmMuteRuleName"], self.clock.now()
            ),
            "ListAlarmMuteRules": lambda p: self._service.mute_rules.list(p, self.clock.now()),
            "DeleteAlarmMuteRule": self._delete_mute_rule,
            "PutDashboard": self._put_dashboard,
            "GetDashboard": lambda p: self._dashboards.get(p["DashboardName"]),
            "ListDashboards": lambda p: describing.dashboards(self._dashboards, p),
            "DeleteDashboards": self._delete_dashboards,
            "PutAnomalyDetector": self._detectors.put,
            "DescribeAnomalyDetectors": self._detectors.describe,
            "DeleteAnomalyDetector": self._detectors.delete,
            "TagResource": lambda p: self._tags.put(self._tagged(p), p["Tags"]),
            "UntagResource": lambda p: self._tags.remove(self._tagged(p), p["TagKeys"]),
            "ListTagsForResource": lambda p: {"Tags": self._tags.of(p["ResourceARN"])},
        }

    # Requests

    def respond(
        self, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> wire.Response:
        """Answer one API request; whatever goes wrong is an answer too."""
        try:
            call = wire.decode_request(path, headers, body, query)
            return wire.encode_response(call, self.do(call.operation, call.params))
        except ServiceError as error:
            return wire.encode_error(wire.protocol_of(path, headers), error, headers)
        except Exception as error:
            logger.exception("CloudWatch could not answer %s", path)
            failed = ServiceError(str(error))
            return wire.encode_error(wire.protocol_of(path, headers), failed, headers)

    def do(self, operation: str, params: Params) -> Output:
        """Carry out one operation, then the actions of the alarms that changed by it.

        Raises:
            ServiceError: as CloudWatch would answer.
        """
        if operation not in self._operations:
            raise InvalidAction(f"{operation} is not offered by the local stage.")
        try:
            with self._lock:
                output = self._operations[operation](params)
        except InputError as error:
            raise ValidationError(str(error)) from error
        self._act()
        return output or {}

    # Metrics from within the stage

    def record(
        self,
        namespace: str,
        name: str,
        value: float,
        unit: str,
        dimensions: Mapping[str, str],
        *,
        wall: float | None = None,
    ) -> None:
        """A sample of a service's own metric; ``wall`` is when, by the wall clock (now)."""
        at = self.clock.now() if wall is None else self.clock.at_wall(wall)
        with self._lock:
            self._store.put(Metric.of(namespace, name, dimensions), at, value, unit=unit)

    def record_embedded(self, line: str) -> None:
        """A log line; when it is EMF, its metrics are taken."""
        for datum in embedded_metrics(line):
            metric = Metric.of(datum.namespace, datum.name, datum.dimensions)
            at = self.clock.at_wall(datum.at)
            try:
                with self._lock:
                    self._store.put_values(
                        metric, at, datum.values, None, datum.unit, resolution=datum.resolution
                    )
            except InputError as error:
                logger.warning("embedded metric %s not taken: %s", datum.name, error)

    # Evaluation

    def evaluate(self, at: float) -> tuple[Change, ...]:
        """Evaluate all alarms due at ``at`` (epoch seconds) and run the actions of changes."""
        with self._lock:
            self._service.evaluate(self._store, at)
            if at % 3600 == 0:
                self._store.drop_before(at - RETENTION)
        return self._act()

    def _act(self) -> tuple[Change, ...]:
        """Announce and act, outside the lock: a delivery may come back to us with a metric."""
        with self._lock:
            outcome = self._service.outcome()
        for change in outcome.changes:
            self.actions.announce(change.definition, Transition(change.old, change.new))
        for due in outcome.due:
            items = self.actions.run(due)
            with self._lock:
                for item in items:
                    self._service.history.add(item)
        return outcome.changes

    def first_alarm_time(self, name: str, start: float, end: float) -> float | None:
        """When the alarm (name or ARN) was first in ALARM within [start, end], by its history."""
        with self._lock:
            return self._service.first_alarm_time(name, start, end)

    # CloudFormation

    def has_alarm(self, name: str) -> bool:
        with self._lock:
            return self._alarms.get(name) is not None

    def has_dashboard(self, name: str) -> bool:
        with self._lock:
            return name in self._dashboards

    def has_mute_rule(self, name: str) -> bool:
        with self._lock:
            return self._service.mute_rules.has(self.mute_rule_arn(name))

    def alarm_arn(self, name: str) -> str:
        return self._alarms.arn(name)

    def mute_rule_arn(self, name: str) -> str:
        return self._service.mute_rules.arn(name)

    def put_mute_rule_from_template(self, name: str, properties: Params) -> dict[str, str]:
        """AWS::CloudWatch::AlarmMuteRule under ``name``; what Fn::GetAtt gives of it."""
        # The tags of a stack begin with what nobody else may begin one with.
        own = {key: value for key, value in properties.items() if key != "Tags"}
        self.do("PutAlarmMuteRule", {**own, "Name": name})
        with self._lock:
            self._tags.replace(self.mute_rule_arn(name), properties.get("Tags") or ())
            made = self._service.mute_rules.get(name, self.clock.now())
        return {key: str(made[key]) for key in ("MuteType", "Status", "LastUpdatedTimestamp")}

    def delete_mute_rule(self, name: str) -> None:
        self.do("DeleteAlarmMuteRule", {"AlarmMuteRuleName": name})

    def put_metric_alarm_from_template(self, name: str, properties: Params) -> None:
        """AWS::CloudWatch::Alarm under ``name``; strings stand for numbers in a template."""
        alarm = _evaluated(alarm_from_api({**properties, "AlarmName": name}))
        self._put_from_template(alarm, properties)

    def put_composite_alarm_from_template(self, name: str, properties: Params) -> None:
        """AWS::CloudWatch::CompositeAlarm under ``name``."""
        self._put_from_template(composite_from_api({**properties, "AlarmName": name}), properties)

    def _put_from_template(self, alarm: MetricAlarm | CompositeAlarm, properties: Params) -> None:
        with self._lock:
            self._service.put(alarm, self.clock.now())
            # A template's tags are the whole set, at each update.
            self._tags.replace(self._alarms.arn(alarm.name), properties.get("Tags") or ())

    def delete_alarm(self, name: str) -> None:
        """DeleteAlarms of one."""
        self.do("DeleteAlarms", {"AlarmNames": [name]})

    def put_dashboard_from_template(self, name: str, properties: Params) -> None:
        """AWS::CloudWatch::Dashboard under ``name``."""
        body = properties.get("DashboardBody", "")
        body = body if isinstance(body, str) else json.dumps(body)
        self.do("PutDashboard", {"DashboardName": name, "DashboardBody": body})

    def delete_dashboard(self, name: str) -> None:
        """DeleteDashboards of one."""
        self.do("DeleteDashboards", {"DashboardNames": [name]})

    # Operations of more than one line

    def _put_alarm(self, alarm: MetricAlarm | CompositeAlarm, params: Params) -> None:
        # Tags are taken at creation only; afterwards TagResource is the way, as on AWS.
        if self._service.put(alarm, self.clock.now()) and params.get("Tags"):
            self._tags.put(self._alarms.arn(alarm.name), params["Tags"])

    def _delete_alarms(self, params: Params) -> None:
        for held in self._service.delete(params["AlarmNames"], self.clock.now()):
            self._tags.forget(held.arn)

    def _enable_actions(self, params: Params, *, enabled: bool) -> None:
        self._service.enable_actions(params["AlarmNames"], self.clock.now(), enabled=enabled)

    def _put_mute_rule(self, params: Params) -> None:
        arn = self._service.put_mute_rule(params, self.clock.now())
        if params.get("Tags"):
            self._tags.put(arn, params["Tags"])

    def _delete_mute_rule(self, params: Params) -> None:
        name = params["AlarmMuteRuleName"]
        self._service.delete_mute_rule(name, self.clock.now())
        self._tags.forget(self.mute_rule_arn(name))

    def _put_dashboard(self, params: Params) -> Output:
        name = params["DashboardName"]
        self._dashboards.put(name, params["DashboardBody"], self.clock.now())
        if params.get("Tags"):
            self._tags.put(self._dashboards.arn(name), params["Tags"])
        return {"DashboardValidationMessages": []}

    def _delete_dashboards(self, params: Params) -> None:
        self._dashboards.delete(params["DashboardNames"])
        for name in params["DashboardNames"]:
            self._tags.forget(self._dashboards.arn(name))

    def _tagged(self, params: Params) -> str:
        """The ARN of an existing alarm, dashboard or mute rule."""
        arn: str = params["ResourceARN"]
        if self._service.mute_rules.has(arn):
            return arn
        held = self._alarms.get(arn)
        dashboard = arn.rpartition("/")[2]
        if (held is not None and held.arn == arn) or (
            dashboard in self._dashboards and self._dashboards.arn(dashboard) == arn
        ):
            return arn
        raise ResourceNotFoundException(f"{arn} does not exist")


def _evaluated(alarm: MetricAlarm) -> MetricAlarm:
    """The alarm, unless it needs a model that only AWS trains."""
    if alarm.band is not None:
        raise ValidationError(
            f"alarm {alarm.name!r}: anomaly detection alarms are not evaluated on the local stage"
        )
    return alarm
