"""Whatever a template holds, its alarms are judged or refused in words: never a traceback."""

import contextlib
import copy
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEEP, slow
from tests.unit.scenarios.mutated_templates import VALUES, mutated
from tocsin.cloudformation.template_file import read_template
from tocsin.exceptions import InputError
from tocsin.scenarios import prove
from tocsin.scenarios.loading import alarms_of

SEEDS = 4_000 if DEEP else 15
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::SNS::Topic")
WRONG = [
    read_template(file) for file in sorted((Path(__file__).parent / "wrong_alarms").glob("*.yml"))
]
# As 4,000 seeds found them once.
FOUND = (27, 28, 1811)


@pytest.fixture(scope="module")
def templates(compiled) -> list[dict[str, Any]]:
    shipped = copy.deepcopy(compiled("dev"))
    shipped["Resources"] = {
        logical_id: resource
        for logical_id, resource in shipped["Resources"].items()
        if resource["Type"] in ALARMS and not logical_id.startswith(("Payments", "Notifications"))
    }
    return [*WRONG, shipped]


def judge(template: dict[str, Any]) -> None:
    with contextlib.suppress(InputError):
        findings = prove(alarms_of(template))
        assert all(finding.rule and finding.message for finding in findings)


@slow
def test_a_template_with_anything_wrong_is_judged_or_refused(templates) -> None:
    for seed in (*FOUND, *range(10_000, 10_000 + SEEDS)):
        judge(mutated(templates[seed % len(templates)], seed))


@slow
@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(
    "section", ["Parameters", "Mappings", "Conditions", "Resources", "Transform", "Metadata"]
)
def test_a_section_may_be_anything(value, section) -> None:
    template = copy.deepcopy(WRONG[0])
    template[section] = copy.deepcopy(value)
    judge(template)
