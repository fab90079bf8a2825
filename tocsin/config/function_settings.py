"""A function of monitoring.yml as it is written: what is optional there is optional here."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from tocsin.config.alarm_overrides import Alarms
from tocsin.config.drill_settings import DrillEvents
from tocsin.config.field_types import Answer, FunctionName, Handler, Memory, Source, Timeout
from tocsin.config.notification import Owner
from tocsin.config.permission import Permission
from tocsin.config.variables import Environment
from tocsin.strict_model import StrictModel


class FunctionSettings(StrictModel):
    """One function as declared, or as overridden by a stage.

    What else osls knows of a function is kept as it is written; ``function_keys.py`` judges it.
    """

    model_config = ConfigDict(extra="allow")

    enabled: bool | None = None
    description: Annotated[str, StringConstraints(max_length=256)] | None = None
    # As deployed; without it, the key and the stage make the name.
    name: FunctionName | None = None
    handler: Handler | None = None
    # Where its code is; without it, functions/<key>, or where the handler's path leads to.
    source: Source | None = None
    memory: Memory | None = None
    memory_size: Memory | None = None
    timeout: Timeout | None = None
    # A number, or what gives one: a function of CloudFormation, a variable of osls.
    reserved_concurrency: Any = None
    # Who answers for it; notifications may be for owners.
    owner: Owner | None = None
    environment: Environment = Field(default_factory=dict)
    # Which answers the error log takes for failures; none where the list is empty.
    record_answers: list[Answer] | None = None
    # What calls it, as in serverless.yml: osls knows the forms and makes what they need.
    events: list[dict[str, Any]] | None = None
    permissions: list[Permission] | None = None
    alarms: Alarms = Alarms()
    drill: DrillEvents = DrillEvents()
