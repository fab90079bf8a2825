"""What names of a program are known to stand for, and which of its code may run."""

from dataclasses import dataclass, field

from tocsin.check.calls.abstract_values import ANYTHING, NOTHING, Scope, Values

RETURNED = "return"
"""The name of what a function returns: no variable can be called so."""
MOST_VALUES = 30
"""Of one name: beyond, it is anything."""


@dataclass
class Facts:
    """Grows until nothing is added: a name stands for all that any line gives it."""

    values: dict[tuple[Scope, str], Values] = field(default_factory=dict)
    # In the order in which they were found to run.
    reached: dict[Scope, None] = field(default_factory=dict)
    has_grown: bool = False

    def of(self, scope: Scope, name: str) -> Values:
        return self.values.get((scope, name), NOTHING)

    def add(self, scope: Scope, name: str, values: Values) -> None:
        known = self.of(scope, name)
        if not values <= known:
            both = known | values
            self.values[scope, name] = both if len(both) <= MOST_VALUES else both | ANYTHING
            self.has_grown = True

    def reach(self, scope: Scope) -> None:
        if scope not in self.reached:
            self.reached[scope] = None
            self.has_grown = True

    def is_known(self, scope: Scope, name: str) -> bool:
        return (scope, name) in self.values
