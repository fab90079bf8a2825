"""The mutations themselves: each breaks something, and the kept score is of these kinds."""

import re
from collections import Counter

import pytest

from tests.conftest import ROOT, slow, some
from tests.mutations import sources
from tests.mutations.edits import KINDS, find, put
from tests.mutations.mutations import STAGES, kinds, mutations
from tests.mutations.source_edits import NOT_SCORED, SCORED_ROOMS

PAGE = (ROOT / "docs" / "mutations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|*]+?) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def made(compiled):
    """(mutation, template it was made from) for each."""
    templates = {name: compiled(name) for name in STAGES}
    return [(mutation, templates[mutation.stage]) for mutation in mutations(templates)]


@slow
def test_each_changes_one_thing(made) -> None:
    for mutation, template in some(made, 5):
        sections = [
            (section, key)
            for section in ("Resources", "Outputs")
            for key in {*template[section], *mutation.template[section]}
            if template[section].get(key) != mutation.template[section].get(key)
        ]
        assert [key for _, key in sections] == [mutation.where], str(mutation)


@slow
def test_every_part_of_the_stack_is_broken_in_many_ways(made, compiled) -> None:
    broken = Counter(mutation.where for mutation, _ in made)
    ours = {
        resource
        for resource in compiled("dev")["Resources"]
        if not resource.startswith("Serverless")
    }
    ours.add("FunctionsRole")
    assert {our for our in ours if broken[our] < 3} == set()
    assert len({mutation.kind for mutation, _ in made}) >= 60
    assert len({str(mutation) for mutation, _ in made}) == len(made)


def test_the_page_has_the_score_of_every_kind_and_no_survivor() -> None:
    rows = {kind: [int(count) for count in counts] for kind, *counts in ROW.findall(PAGE)}
    assert list(rows) == kinds(), "run `invoke test-mutations --write`"
    for kind, (count, by_tests, by_check) in rows.items():
        assert count <= by_tests + by_check, kind
    caught, of_all = re.search(r"^(\d+) of (\d+) mutations caught", PAGE, re.MULTILINE).groups()
    assert caught == of_all
    totals = re.search(
        r"^\| \*\*all\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \|$", PAGE, re.M
    )
    assert [int(total) for total in totals.groups()] == [
        sum(column) for column in zip(*rows.values(), strict=True)
    ]
    assert of_all == totals[1]


@slow
def test_a_kind_is_registered_once(made) -> None:
    assert len({(kind.name, kind.type) for kind in KINDS}) == len(KINDS)


def test_edits_leave_the_original_alone() -> None:
    original = {"a": [{"b": 1}, {"b": 2}]}
    assert list(find(original, "b")) == [("a", 0, "b"), ("a", 1, "b")]
    assert put(original, ("a", 1, "b"), 3) == {"a": [{"b": 1}, {"b": 3}]}
    assert original == {"a": [{"b": 1}, {"b": 2}]}


def test_each_mistake_in_the_code_stands_once_and_differs() -> None:
    made = list(sources.mutations())
    assert len({(mistake.file, mistake.old, mistake.new) for mistake in made}) == len(made)
    for mistake in made:
        assert (ROOT / mistake.file).read_text(encoding="utf-8").count(mistake.old) == 1, mistake
        assert mistake.old != mistake.new
        assert all((ROOT / test).is_file() for test in mistake.tests), mistake


def test_the_page_has_each_module_scored_with_every_mistake_caught_or_says_why_not() -> None:
    tried = Counter(mistake.file for mistake in sources.mutations())
    rows = {file: (int(count), int(caught)) for file, count, caught in sources.ROW.findall(PAGE)}
    assert rows == {file: (tried[file], tried[file]) for file in rows}, (
        "run `python -m tests.mutations.sources --write`"
    )
    assert "\n".join(sources.not_scored(rows)) in PAGE


def test_every_module_of_the_drill_and_the_deploy_is_scored_or_said_not_to_be() -> None:
    scored = {mistake.file for mistake in sources.mutations()}
    named = [file for files in NOT_SCORED.values() for file in files]
    there = {
        f"{room}/{module.name}"
        for room in SCORED_ROOMS
        for module in (ROOT / room).glob("*.py")
        if module.name != "__init__.py"
    }
    assert len(named) == len(set(named))
    assert scored.isdisjoint(named)
    assert there <= scored.union(named)
    assert set(named) <= there
