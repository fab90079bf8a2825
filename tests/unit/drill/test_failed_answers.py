"""Which answers the drill asks a function for: those that count as its failures."""

from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.config import ExternalFunction
from tocsin.config.drill_settings import DrillEvents
from tocsin.drill.checks import Kind
from tocsin.drill.context import Subject
from tocsin.drill.failed_answers import reported

FUNCTION = config.load(DEMO, "dev").functions[0]


@pytest.mark.parametrize(
    ("answers", "namespace", "kinds"),
    [
        (None, "", []),
        (None, "shop", [Kind.ANSWER, Kind.ITEMS]),
        (("5xx",), "shop", [Kind.ANSWER]),
        (("items",), "shop", [Kind.ITEMS]),
        (("429", "items"), "shop", [Kind.ANSWER, Kind.ITEMS]),
        ((), "shop", []),
        (("5xx",), "", []),
    ],
)
def test_only_answers_that_the_alarm_counts_are_asked_for(
    answers: tuple[str, ...] | None, namespace: str, kinds: list[Kind]
) -> None:
    function = replace(FUNCTION, record_answers=answers, answers_namespace=namespace)
    subject = Subject(function, ())
    assert reported([subject], set(Kind)) == [(subject, kind) for kind in kinds]
    assert reported([subject], {Kind.EXIT}) == []


def test_another_stacks_function_is_asked_for_none() -> None:
    theirs = ExternalFunction(
        key="theirs", name="theirs", timeout=6, drill=DrillEvents(), alarm_settings={}
    )
    assert reported([Subject(theirs, ())], set(Kind)) == []
