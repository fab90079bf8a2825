"""``bugs`` of monitoring.yml: whether they are remembered, and who is told of which."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tocsin.strict_model import StrictModel

BugSeverity = Literal["page", "ticket", "none"]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class BugRule(StrictModel):
    """Whom to tell of some bugs: each pattern that is given, as in a shell, has to fit."""

    type: Pattern | None = None
    message: Pattern | None = None
    function: Pattern | None = None
    event: Literal["new", "regressed"] | None = None
    severity: BugSeverity

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not (self.type or self.message or self.function):
            raise ValueError("a type, a message or a function (for all bugs: bugs.new)")
        return self


class BugSettings(StrictModel):
    """The memory of bugs. Of a new one, or one that is back, those are told who hear of tickets,
    or of pages; the first of the rules that fits decides."""

    enabled: bool = True
    new: BugSeverity = "ticket"
    regressed: BugSeverity = "ticket"
    severity: Annotated[list[BugRule], Field(max_length=100)] = Field(default_factory=list)
