"""``externalFunctions`` of monitoring.yml as it is written; ``external.py`` says who is meant."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from tocsin.config.alarm_overrides import Alarms
from tocsin.config.drill_settings import DrillEvents
from tocsin.config.field_types import DeployedName, LogGroup, Timeout
from tocsin.config.notification import Owner
from tocsin.strict_model import StrictModel


class ExternalFunctions(StrictModel):
    """Functions that other stacks deploy: one by its name, or those that a list gives.

    The settings hold for each of them.
    """

    name: DeployedName | None = None
    prefix: DeployedName | None = None
    tag: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    value: Annotated[str, StringConstraints(max_length=256)] | None = None
    # Of a list, those that are none of ours or have an entry of their own.
    except_: list[DeployedName] = Field(default_factory=list, alias="except")
    # Without it all but `local`, where other stacks are not deployed.
    stages: list[str] | None = None
    timeout: Timeout | None = None
    owner: Owner | None = None
    log_group: LogGroup | None = None
    alarms: Alarms = Alarms()
    drill: DrillEvents = DrillEvents()

    @model_validator(mode="after")
    def _one_way_to_name_them(self) -> Self:
        given = [key for key in ("name", "prefix", "tag") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of name, prefix, tag (with value)")
        if (self.tag is None) != (self.value is None):
            raise ValueError("tag and value together")
        if self.log_group is not None and self.name is None:
            raise ValueError("logGroup beside a name only: of a list, each function has its own")
        return self
