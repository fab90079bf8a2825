"""monitoring.yml -> a typed configuration, or every error in it at once."""

from tocsin.config.alarms import ErrorRateAlarm, LatencyAlarm, ThrottlesAlarm
from tocsin.config.load import DEFAULT_STAGE, FILE_NAME, ConfigError, load
from tocsin.config.model import Notification
from tocsin.config.resolve import Function, Stage

__all__ = [
    "DEFAULT_STAGE",
    "FILE_NAME",
    "ConfigError",
    "ErrorRateAlarm",
    "Function",
    "LatencyAlarm",
    "Notification",
    "Stage",
    "ThrottlesAlarm",
    "load",
]
