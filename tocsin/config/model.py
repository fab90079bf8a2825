"""The shape of monitoring.yml as written: what is optional there is optional here.

``resolve.py`` lays the levels over each other and gives complete values.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from tocsin.config.alarm_overrides import StageAlarms
from tocsin.config.attachment_settings import Attachment
from tocsin.config.bug_settings import BugSettings
from tocsin.config.drill_settings import Drill
from tocsin.config.external_settings import ExternalFunctions
from tocsin.config.field_types import (
    FunctionKey,
    Name,
    RedactKey,
    Region,
    RetentionDays,
    Runbook,
    Suffix,
    TopicKey,
)
from tocsin.config.function_settings import FunctionSettings
from tocsin.config.notification import Notification, Owner
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.config.variables import Environment
from tocsin.strict_model import StrictModel

Paging = Literal["stage", "function"]
"""What pages: the stage as a whole, once, or each function by itself."""

Roles = Literal["function", "shared"]
"""Execution roles: one for each function, or one for all functions of a stack."""


class Rollback(StrictModel):
    """Whether CloudFormation undoes a deploy after which the stack's alarm goes to ALARM.

    Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
    """

    enabled: bool | None = None
    # How long it still watches once everything is updated; 0: only while it updates.
    minutes: int | None = Field(default=None, ge=0, le=180)


class StageSettings(StrictModel):
    """One stage; everything here overrides the top of the file."""

    protected: bool = False
    region: Region | None = None
    paging: Paging | None = None
    roles: Roles | None = None
    rollback: Rollback = Rollback()
    runbook: Runbook | None = None
    topic_key: TopicKey | None = None
    # What the names of this stage's resources end with; the stage's name when absent.
    environment_suffix: Suffix | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_retention_days: RetentionDays = 7
    error_retention_days: int = Field(default=30, ge=1, le=3_650)
    environment: Environment = Field(default_factory=dict)
    alarms: StageAlarms = StageAlarms()
    drill: Drill = Drill()
    functions: dict[str, FunctionSettings] = Field(default_factory=dict)


class Redaction(StrictModel):
    """What the error log hides in events beyond its built-in patterns."""

    keys: list[RedactKey] = Field(default_factory=list)
    emails: bool = False


def _none_yet(value: object) -> object:
    """YAML reads a key whose entries were all deleted as null."""
    return {} if value is None else value


class Monitoring(StrictModel):
    """monitoring.yml, as written."""

    service: Annotated[Name, StringConstraints(max_length=50)]
    region: Region = "us-east-1"
    # Of functions that name none of their own.
    owner: Owner | None = None
    paging: Paging = "stage"
    roles: Roles = "function"
    rollback: Rollback = Rollback()
    runbook: Runbook = "docs/runbook.md"
    topic_key: TopicKey = "own"
    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14"] = "python3.11"
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    stages: dict[Suffix, StageSettings] = Field(min_length=1)
    alarms: StageAlarms = StageAlarms()
    notifications: list[Notification] = Field(default_factory=list)
    mute: list[ScheduledMute] = Field(default_factory=list)
    redaction: Redaction = Redaction()
    bugs: BugSettings = BugSettings()
    drill: Drill = Drill()
    # None at all before the first one, and where every function is another stack's.
    functions: Annotated[dict[FunctionKey, FunctionSettings], BeforeValidator(_none_yet)] = Field(
        default_factory=dict
    )
    external_functions: list[ExternalFunctions] = Field(default_factory=list)
    attach: list[Attachment] = Field(default_factory=list)
