"""``attach`` of monitoring.yml as it is written; ``attachments.py`` says to what."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from tocsin.config.alarm_overrides import Alarms
from tocsin.config.drill_settings import DrillEvents
from tocsin.config.field_types import STACK_NAME, DeployedName, LogGroup, text_of
from tocsin.strict_model import StrictModel


class AttachedFunctionSettings(StrictModel):
    """One function of a template that is attached to, by what its owner calls it."""

    enabled: bool | None = None
    # Where neither its template nor the account tells.
    name: DeployedName | None = None
    log_group: LogGroup | None = None
    # The folder that its handler is named from, for tests of failures.
    source: str = ""
    # Its handler is to be wrapped by errorlog.auto, without a line in its code.
    zero_code: bool = False
    alarms: Alarms = Alarms()
    drill: DrillEvents = DrillEvents()


class Attachment(StrictModel):
    """Functions that other tools deploy: where their template is, and what their stack is called.

    ``{stage}`` stands for the stage in ``template``, ``stack`` and the values of ``parameters``.
    """

    template: Annotated[str, StringConstraints(min_length=1, max_length=1_000)] | None = None
    stack: Annotated[str, StringConstraints(pattern=STACK_NAME)] | None = None
    stages: list[str] | None = None
    parameters: dict[str, Annotated[str, BeforeValidator(text_of)]] = Field(default_factory=dict)
    except_: list[str] = Field(default_factory=list, alias="except")
    alarms: Alarms = Alarms()
    functions: dict[str, AttachedFunctionSettings] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.template is None and self.stack is None:
            raise ValueError("template or stack, or both")
        return self
