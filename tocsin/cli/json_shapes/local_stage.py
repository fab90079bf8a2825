"""Shapes of the local stage and its clock."""

from tocsin.cli.json_shapes.form import Shape, Time


class LocalStageShape(Shape):
    """Where the local stage listens; what other tools need in their environment."""

    endpoint: str
    environment: dict[str, str]


class AlarmChangeShape(Shape):
    """A state change while the clock was advanced."""

    alarm: str
    old: str
    new: str
    at: Time
    reason: str


class ClockShape(Shape):
    """The stage's time; ``offset`` is how many seconds it is ahead of the wall."""

    now: Time
    offset: float
    changed: list[AlarmChangeShape]
