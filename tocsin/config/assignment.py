"""Which stack a function is in: once given, its number never changes.

A function that moved would be deleted in one stack and created in another, in an order that
CloudFormation does not know of: its log would be lost, or its name be taken.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

CAPACITY = 16
"""Functions of one stack. CloudFormation takes 500 resources in one: what a function with every
alarm is, sixteen times over, and what the main stack shares leave a tenth to what else `events`
add (tests/unit/stacks/test_any_number_of_functions.py counts them)."""

MAIN = 1
"""The number of the stack with the table, the topic and the collector; siblings count from 2."""


def assign(
    functions: Iterable[str], before: Mapping[str, int], capacity: int = CAPACITY
) -> dict[str, int]:
    """The stack number of each of ``functions``, in their order.

    One that ``before`` knows stays where it is; a new one goes to the first stack with room, in
    the order given. What is only in ``before`` is gone, and its place free. A stack that holds
    more than ``capacity`` already (the constant was larger once) keeps them and gets no more.
    """
    wanted = list(functions)
    taken = Counter(before[name] for name in wanted if name in before)
    number = MAIN
    placed: dict[str, int] = {}
    for name in wanted:
        if name in before:
            placed[name] = before[name]
            continue
        while taken[number] >= capacity:
            number += 1
        taken[number] += 1
        placed[name] = number
    return placed
