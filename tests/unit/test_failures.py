"""docs/failures.md is whole: a row for each way of failing and each size, each cell of it said.

What stands in the cells is held to a local stage by tests/e2e/test_every_failure.py.
"""

import pytest

from tests.e2e.failing_functions import NO_RECORD, NOT_BY_DRILL, WAYS
from tests.e2e.test_every_failure import BEGIN, DOCS, END, MEMORY_MB
from tocsin.alarms import KINDS
from tocsin.drill import Kind
from tocsin.drill.checks import Link

HEAD = ["a function fails so", "memory", "in the table", "records", "by", "alarm", "drill"]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("| ").split("|")]


@pytest.fixture(scope="module")
def table() -> list[list[str]]:
    made = DOCS.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    return [cells(line) for line in made.strip().splitlines()]


def test_each_way_has_a_row_for_each_size(table) -> None:
    assert table[0] == HEAD
    rows = [(row[0], row[1]) for row in table[2:]]
    assert rows == [(way.words, f"{memory} MB") for way in WAYS.values() for memory in MEMORY_MB]


@pytest.mark.parametrize("key", WAYS)
def test_a_row_says_what_is_expected_of_its_way(key, table) -> None:
    way = WAYS[key]
    rows = [row for row in table[2:] if row[0] == way.words]
    assert rows
    for row in rows:
        recorded = "nothing ran" if way.by == NO_RECORD else "yes"
        drill = "; ".join(f"`{kind}`: {links}" for kind, links in way.drill) or NOT_BY_DRILL
        assert row[2:] == [recorded, str(way.records), way.by, f"`{way.alarm}`", drill]


@pytest.mark.parametrize("key", WAYS)
def test_what_a_way_names_is_there(key) -> None:
    way = WAYS[key]
    assert way.alarm in KINDS
    for kind, links in way.drill:
        assert kind in set(Kind)
        assert set(links.split(", ")) <= set(Link)
