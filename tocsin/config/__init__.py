"""monitoring.yml -> a typed configuration, or every error in it at once."""

from tocsin.config.load import FILE_NAME, ConfigError, load
from tocsin.config.notification import Notification
from tocsin.config.resolved_stage import Stage
from tocsin.config.watched_functions import (
    AttachedFunction,
    ExternalFunction,
    Function,
    Watched,
)
from tocsin.names import DEFAULT_STAGE

__all__ = [
    "DEFAULT_STAGE",
    "FILE_NAME",
    "AttachedFunction",
    "ConfigError",
    "ExternalFunction",
    "Function",
    "Notification",
    "Stage",
    "Watched",
    "load",
]
