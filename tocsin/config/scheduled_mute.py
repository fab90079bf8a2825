"""Windows in which alarms change their states and tell nobody, as monitoring.yml declares them."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from tocsin.cloudwatch.errors import RefusedDefinition
from tocsin.cloudwatch.mute_windows import MuteWindows, mute_windows
from tocsin.strict_model import StrictModel

MUTE_NAME = r"^[a-z0-9][a-z0-9-]*$"
MUTE_WORDS = {MUTE_NAME: "a name of lower-case letters, digits and hyphens, such as nightly-backup"}
MuteName = Annotated[str, StringConstraints(pattern=MUTE_NAME, max_length=40)]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class ScheduledMute(StrictModel):
    """``schedule``, ``duration`` and ``timezone`` are CloudWatch's Expression, Duration, Timezone.

    Of all alarms of the stage, or of those of ``functions`` only; on all stages, or on ``stages``.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html
    """

    name: MuteName
    schedule: _Text
    duration: _Text
    timezone: _Text = "UTC"
    functions: list[str] = Field(default_factory=list)
    stages: list[str] | None = None

    @property
    def expression(self) -> dict[str, str]:
        """As a rule's Schedule has it."""
        return {
            "Expression": self.schedule,
            "Duration": self.duration,
            "Timezone": self.timezone,
        }

    @property
    def windows(self) -> MuteWindows:
        return mute_windows(self.expression)

    @field_validator("functions")
    @classmethod
    def _each_once(cls, functions: list[str]) -> list[str]:
        return list(dict.fromkeys(functions))

    @model_validator(mode="after")
    def _that_cloudwatch_takes(self) -> Self:
        try:
            mute_windows(self.expression)
        except RefusedDefinition as error:
            raise ValueError("; ".join(error.problems)) from None
        return self
