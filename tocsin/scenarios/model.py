"""What a scenario file may say; docs/scenarios.md shows it by example."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from tocsin.cloudwatch import State
from tocsin.scenarios import notation
from tocsin.strict_model import StrictModel


def _duration(text: str) -> str:
    notation.seconds(text)
    return text


def _duration_or_never(text: str) -> str:
    return text if text == "never" else _duration(text)


def _values(text: str) -> str:
    notation.values(text)
    return text


def _calls(text: str) -> str:
    notation.calls(text)
    return text


def _state(text: str) -> str:
    if text not in tuple(State):
        raise ValueError(", ".join(State))
    return text


Duration = Annotated[str, AfterValidator(_duration)]
DurationOrNever = Annotated[str, AfterValidator(_duration_or_never)]
StateName = Annotated[str, AfterValidator(_state)]


class TrafficPhase(StrictModel):
    """Calls that go on for a while."""

    for_: Duration = Field(alias="for")
    calls: Annotated[str, AfterValidator(_calls)]


class MetricName(StrictModel):
    """One metric: a namespace, a name and its exact dimensions."""

    namespace: str
    name: str
    dimensions: dict[str, str] = Field(default_factory=dict)


class Band(StrictModel):
    """An anomaly detection band around a metric, in the notation and period of its values."""

    lower: Annotated[str, AfterValidator(_values)]
    upper: Annotated[str, AfterValidator(_values)]


class Input(StrictModel):
    """Either a function with its calls, or a metric with its values."""

    function: str | None = None
    phases: list[TrafficPhase] = Field(default_factory=list)
    metric: MetricName | None = None
    values: Annotated[str, AfterValidator(_values)] | None = None
    period: Duration = "1m"
    unit: str | None = None
    band: Band | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        of_function = self.function is not None and bool(self.phases)
        of_metric = self.metric is not None and self.values is not None
        mixed = (self.function or self.phases) and (self.metric or self.values or self.band)
        if of_function == of_metric or mixed:
            raise ValueError("either function and phases, or metric and values")
        return self


class Notifications(StrictModel):
    """How many actions run on a topic; ``topic`` is a name or an ARN, absent for any."""

    count: int = Field(ge=0)
    topic: str | None = None


class Expectation(StrictModel):
    """What one alarm, by name or logical id, must do."""

    alarm: str
    states: dict[Duration, StateName] = Field(default_factory=dict)
    notifications: Notifications | None = None
    time_to_detect: DurationOrNever | None = None
    time_to_recover: DurationOrNever | None = None


class Scenario(StrictModel):
    """Inputs and what is expected of them; times count from the scenario's beginning."""

    name: str
    lasts: Duration | None = None
    initial_state: StateName = "OK"
    fails_at: Duration = "0s"
    recovers_at: Duration | None = None
    inputs: list[Input] = Field(min_length=1)
    expect: list[Expectation] = Field(min_length=1)

    @model_validator(mode="after")
    def _recovery_has_a_beginning(self) -> Self:
        if self.recovers_at is None and any(
            expectation.time_to_recover for expectation in self.expect
        ):
            raise ValueError("recoversAt, from which timeToRecover counts")
        return self


class ScenarioFile(StrictModel):
    """A file under tests/alarms/."""

    scenarios: list[Scenario] = Field(min_length=1)
