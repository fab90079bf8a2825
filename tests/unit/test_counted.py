"""A number and what it counts."""

import pytest

from tocsin.counted import counted


@pytest.mark.parametrize(
    ("said", "number", "noun"),
    [
        ("0 functions", 0, ("function",)),
        ("1 function", 1, ("function",)),
        ("2 deliveries", 2, ("delivery", "deliveries")),
        ("1 delivery", 1, ("delivery", "deliveries")),
        ("1,200 items", 1_200, ("item",)),
    ],
)
def test_the_noun_follows_its_number(said: str, number: int, noun: tuple[str, ...]) -> None:
    assert counted(number, *noun) == said
