"""What is alarmed: the kinds of alarm, their settings, and each alarm as a value."""

from tocsin.alarms.apis import API_KINDS
from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind
from tocsin.alarms.registry import KINDS
from tocsin.alarms.settings import AlarmSettings, Severity

__all__ = [
    "API_KINDS",
    "KINDS",
    "AlarmDefinition",
    "AlarmKind",
    "AlarmSettings",
    "AlarmedFunction",
    "Measure",
    "MetricRead",
    "Severity",
]
