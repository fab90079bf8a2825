"""Shapes of what is found before a deploy, and by the drill after it."""

from tocsin.cli.json_shapes.form import Amount, Count, Shape
from tocsin.drill.checks import Result
from tocsin.findings import Severity


class FindingShape(Shape):
    """What a check found; ``rule`` names it, ``subject`` is a function, alarm or resource."""

    severity: Severity
    rule: str
    subject: str
    message: str


class ExpectationShape(Shape):
    """One expectation of one scenario on one alarm, and what was got."""

    file: str
    scenario: str
    alarm: str
    what: str
    expected: str
    got: str
    passed: bool
    details: list[str]


class SkippedShape(Shape):
    """``count`` of the ``total`` scenarios of a file name what there is not, and were not run."""

    file: str
    line: Count
    names: list[str]
    count: Count
    total: Count


class UnreachedShape(Shape):
    """What no scenario has seen of an alarm; without branches none looks at it."""

    alarm: str
    branches: list[str]


class AlarmTestsShape(Shape):
    """Scenarios and proofs; ``unreached`` is empty where there is no scenario."""

    expectations: list[ExpectationShape]
    skipped: list[SkippedShape]
    unreached: list[UnreachedShape]
    findings: list[FindingShape]


class DrillCheckShape(Shape):
    """One link of one kind of failure of one function; ``detail`` names what broke."""

    function: str
    kind: str
    link: str
    result: Result
    seconds: Amount
    detail: str
