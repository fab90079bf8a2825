"""CloudWatch of one account and region: operations, state, evaluation, behind one lock."""

from __future__ import annotations

import dataclasses
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
    State,
    StateRecord,
    Transition,
    alarm_from_api,
    composite_from_api,
    history_item,
)
from tocsin.exceptions import InputError
from tocsin.local.cloudwatch import actions, describing, metric_data, wire
from tocsin.local.cloudwatch.actions import Deliverer, Due
from tocsin.local.cloudwatch.alarms import Alarms, Held
from tocsin.local.cloudwatch.clock import StageClock
from tocsin.local.cloudwatch.dashboards import Dashboards
from tocsin.local.cloudwatch.emf import embedded_metrics
from tocsin.local.cloudwatch.errors import (
    InvalidAction,
    InvalidFormat,
    ResourceNotFoundException,
    ServiceError,
    ValidationError,
)
from tocsin.local.cloudwatch.evaluation import Change, evaluate_all, evaluate_composites
from tocsin.local.cloudwatch.history import History, HistoryItem
from tocsin.local.cloudwatch.tags import Tags

logger = logging.getLogger(__name__)

Output = dict[str, Any]
Params = Mapping[str, Any]


class CloudWatch:
    """One account's CloudWatch in one region. Every public method is safe from any thread."""

    def __init__(self, account: str, region: str, clock: StageClock) -> None:
        self.account = account
        self.region = region
        self.clock = clock
        self.deliverer: Deliverer | None = None
        self._store = MetricStore()
        self._alarms = Alarms(account, region)
        self._dashboards = Dashboards(account)
        self._history = History()
        self._tags = Tags()
        self._changes: list[tuple[Held, StateRecord]] = []
        self._lock = threading.RLock()
        self._operations: dict[str, Callable[[Params], Output | None]] = {
            "PutMetricData": self._put_metric_data,
            "ListMetrics": lambda p: metric_data.list_metrics(self._store, p),
            "GetMetricStatistics": lambda p: metric_data.statistics(self._store, p),
            "GetMetricData": lambda p: metric_data.data(self._store, p),
            "PutMetricAlarm": self._put_metric_alarm,
            "PutCompositeAlarm": self._put_composite_alarm,
            "DescribeAlarms": lambda p: describing.alarms(self._alarms, p),
            "DescribeAlarmsForMetric": lambda p: describing.alarms_for_metric(self._alarms, p),
            "DescribeAlarmHistory": lambda p: describing.history(self._history, p),
            "DeleteAlarms": self._delete_alarms,
            "SetAlarmState": self._set_alarm_state,
            "EnableAlarmActions": lambda p: self._enable_actions(p, enabled=True),
            "DisableAlarmActions": lambda p: self._enable_actions(p, enabled=False),
            "PutDashboard": self._put_dashboard,
            "GetDashboard": lambda p: self._dashboards.get(p["DashboardName"]),
            "ListDashboards": lambda p: describing.dashboards(self._dashboards, p),
            "DeleteDashboards": self._delete_dashboards,
            "TagResource": self._tag_resource,
            "UntagResource": self._untag_resource,
            "ListTagsForResource": lambda p: {"Tags": self._tags.of(self._tagged(p))},
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
            return wire.encode_error(wire.protocol_of(path, headers), error)
        except Exception as error:
            logger.exception("CloudWatch could not answer %s", path)
            return wire.encode_error(wire.protocol_of(path, headers), ServiceError(str(error)))

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
            metric = Metric.of(namespace, name, dimensions)
            self._store.put(metric, at, value, unit=unit)

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

    def evaluate(self, at: float) -> list[Change]:
        """Evaluate all alarms due at ``at`` (epoch seconds) and run the actions of changes."""
        with self._lock:
            evaluate_all(self._alarms, self._store, at, self._entered)
        return self._act()

    def _entered(self, held: Held, new: StateRecord) -> None:
        """An alarm has a new state: note it in state and history; its actions are now due."""
        item = history_item(held.alarm, Transition(held.state, new))
        self._alarms.enter(held.name, new)
        self._history.add(
            HistoryItem(
                held.name,
                held.type,
                new.at,
                "StateUpdate",
                item["HistorySummary"],
                json.loads(item["HistoryData"]),
            )
        )
        self._changes.append((held, new))

    def _act(self) -> list[Change]:
        """Run what is due, outside the lock: a delivery may come back to us with a metric."""
        with self._lock:
            changes, self._changes = self._changes, []
        for held, new in changes:
            due = Due(
                held.alarm,
                held.arn,
                Transition(held.state, new),
                held.configured_at,
                self.account,
                self.region,
            )
            items = actions.run(due, self.deliverer)
            with self._lock:
                for item in items:
                    self._history.add(item)
        return [Change(held.name, held.state, new) for held, new in changes]

    def first_alarm_time(self, name: str, start: float, end: float) -> float | None:
        """When the alarm (name or ARN) was first in ALARM within [start, end], by its history."""
        with self._lock:
            held = self._alarms.get(name)
            if held is None:
                return None
            updates = self._history.find(
                alarm=held.name, alarm_types=[held.type], item_type="StateUpdate", ascending=True
            )
        began = {update.at: update.data["newState"]["stateValue"] for update in updates}
        before = [at for at in began if at <= start]
        if before and began[before[-1]] == State.ALARM:
            return start
        return next((at for at in began if start < at <= end and began[at] == State.ALARM), None)

    # CloudFormation

    def exists(self, name: str, *, dashboard: bool = False) -> bool:
        """Whether an alarm (or dashboard) has that name."""
        with self._lock:
            return name in self._dashboards if dashboard else self._alarms.get(name) is not None

    def alarm_arn(self, name: str) -> str:
        """The ARN of an alarm of that name."""
        return self._alarms.arn(name)

    def put_metric_alarm_from_template(self, name: str, properties: Params) -> None:
        """AWS::CloudWatch::Alarm under ``name``; strings stand for numbers in a template."""
        self._put_from_template(name, properties, alarm_from_api)

    def put_composite_alarm_from_template(self, name: str, properties: Params) -> None:
        """AWS::CloudWatch::CompositeAlarm under ``name``."""
        self._put_from_template(name, properties, composite_from_api)

    def _put_from_template(
        self,
        name: str,
        properties: Params,
        read: Callable[[Params], MetricAlarm | CompositeAlarm],
    ) -> None:
        with self._lock:
            self._put_alarm(read({**properties, "AlarmName": name}))
            self._tags.replace(self._alarms.arn(name), properties.get("Tags") or ())

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

    # Operations

    def _put_metric_data(self, params: Params) -> None:
        metric_data.put(self._store, params, self.clock.now())

    def _put_metric_alarm(self, params: Params) -> None:
        self._put_tagged(alarm_from_api(params), params)

    def _put_composite_alarm(self, params: Params) -> None:
        self._put_tagged(composite_from_api(params), params)

    def _put_tagged(self, alarm: MetricAlarm | CompositeAlarm, params: Params) -> None:
        # Tags are taken at creation only; afterwards TagResource is the way, as on AWS.
        if self._put_alarm(alarm) and params.get("Tags"):
            self._tags.put(self._alarms.arn(alarm.name), params["Tags"])

    def _put_alarm(self, alarm: MetricAlarm | CompositeAlarm) -> bool:
        now = self.clock.now()
        new = self._alarms.put(alarm, now)
        self._configured(self._alarms.require(alarm.name), "created" if new else "updated", now)
        return new

    def _configured(self, held: Held, what: str, now: float) -> None:
        verb = {"created": "Create", "updated": "Update", "deleted": "Delete"}[what]
        definition = {
            key: value
            for key, value in held.to_api().items()
            if not key.endswith("Timestamp") and not key.startswith("State")
        }
        self._history.add(
            HistoryItem(
                held.name,
                held.type,
                now,
                "ConfigurationUpdate",
                f'Alarm "{held.name}" {what}',
                {"version": "1.0", "type": verb, f"{what}Alarm": definition},
            )
        )

    def _delete_alarms(self, params: Params) -> None:
        now = self.clock.now()
        for held in self._alarms.delete(params["AlarmNames"]):
            self._tags.forget(held.arn)
            self._configured(held, "deleted", now)

    def _set_alarm_state(self, params: Params) -> None:
        held = self._alarms.require(params["AlarmName"])
        try:
            data = json.loads(params["StateReasonData"]) if "StateReasonData" in params else None
        except ValueError as error:
            raise InvalidFormat(f"StateReasonData is not valid JSON: {error}") from error
        try:
            state = State(params["StateValue"])
        except ValueError as error:
            raise ValidationError(f"StateValue must be one of {', '.join(State)}") from error
        now = self.clock.now()
        if state is not held.state.state:
            self._entered(held, StateRecord(state, params["StateReason"], now, data))
            evaluate_composites(self._alarms, now, self._entered)

    def _enable_actions(self, params: Params, *, enabled: bool) -> None:
        now = self.clock.now()
        # Names that do not exist are passed over, as CloudWatch does.
        for held in filter(None, map(self._alarms.get, params["AlarmNames"])):
            changed = dataclasses.replace(held.alarm, actions_enabled=enabled)
            self._alarms.configure(held.name, changed, now)
            self._configured(self._alarms.require(held.name), "updated", now)

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

    def _tag_resource(self, params: Params) -> None:
        self._tags.put(self._tagged(params), params["Tags"])

    def _untag_resource(self, params: Params) -> None:
        self._tags.remove(self._tagged(params), params["TagKeys"])

    def _tagged(self, params: Params) -> str:
        """The ARN of an existing alarm or dashboard."""
        arn: str = params["ResourceARN"]
        held = self._alarms.get(arn)
        dashboard = arn.rpartition("/")[2]
        if (held is not None and held.arn == arn) or (
            dashboard in self._dashboards and self._dashboards.arn(dashboard) == arn
        ):
            return arn
        raise ResourceNotFoundException(f"{arn} does not exist")
