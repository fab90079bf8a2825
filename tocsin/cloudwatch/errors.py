"""What the engine refuses, and why: every error names the place and what is accepted."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.exceptions import InputError


class DefinitionError(InputError):
    """An alarm, query or statistic that is not evaluated; the class says why.

    ``problems`` holds one line per fault, each with the property, what was found and what is
    accepted, so that a definition with three faults is corrected in one go.
    """

    def __init__(self, subject: str, problems: Sequence[str]) -> None:
        self.subject = subject
        self.problems = tuple(problems)
        super().__init__(
            f"{subject}: {problems[0]}"
            if len(problems) == 1
            else "\n".join(
                [f"{subject}: {len(problems)} problems", *(f"  {problem}" for problem in problems)]
            )
        )


class RefusedDefinition(DefinitionError):
    """CloudWatch itself would refuse it."""


class NotEvaluatedError(DefinitionError):
    """CloudWatch takes it, and it is not evaluated here."""


class UnknownValueError(DefinitionError):
    """It depends on a value that only a deployment knows."""


class ExpressionError(InputError):
    """A metric math expression (or alarm rule) that cannot be read or has the wrong types.

    ``column`` is 1-based; ``expected`` says what would have been accepted there.
    """

    noun = "expression"

    def __init__(self, expression: str, column: int, problem: str, expected: str = "") -> None:
        self.expression = expression
        self.column = column
        self.problem = problem
        self.expected = expected
        text = f"{problem} at column {column} of {self.noun} {_excerpt(expression, column)}"
        super().__init__(f"{text}: expected {expected}" if expected else text)


class UnsupportedFunctionError(ExpressionError):
    """A real CloudWatch function that is not evaluated here; the alternative is a wrong number."""


class AlarmRuleError(ExpressionError):
    """A composite alarm's rule that cannot be read, or whose alarms form a cycle."""

    noun = "alarm rule"


class MissingRecordingError(InputError):
    """History was asked for a series that it does not hold."""


def _excerpt(expression: str, column: int, around: int = 40) -> str:
    """The part of a long expression that the column points at, quoted."""
    begin = max(0, column - 1 - around)
    end = min(len(expression), column - 1 + around)
    return (
        f"{'...' if begin else ''}{expression[begin:end]!r}{'...' if end < len(expression) else ''}"
    )
