"""What the keys of a mapping say together, kept: the events of one function have the same ones."""

from __future__ import annotations

from errorlog.command_hints import ARGUMENT_KEYS
from errorlog.gathering import TABLES, VALUE_KEYS
from errorlog.secret_neighbours import MARKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from errorlog.patterns import Patterns
    from errorlog.secret_keys import KeyKind

_TEXT = frozenset((str,))
_MAP = '{"M":{'
_MAX_SETS = 256
# Sets of so many keys and bytes of JSON are kept, of which each takes a few times as much memory:
# those that a caller chooses may be any.
_MAX_KEYS = 64
_MAX_BYTES = 2_048


class KeySet:
    """``rows`` are each name, what it says of its value, and the JSON before that.

    ``size`` is that of all names in JSON, ``together`` all of them as lines. ``with_values``: a
    value may be named beside it. ``beside``: what other keys make of one has to be looked at.
    """

    __slots__ = ("beside", "rows", "size", "together", "with_values")

    def __init__(self, names: tuple[str, ...], patterns: Patterns) -> None:
        found = [(name, *patterns.key(name)) for name in names]
        # As a DynamoDB attribute, which the first begins.
        self.rows: tuple[tuple[str, KeyKind, str], ...] = tuple(
            (name, kind, f"{',' if number else _MAP}{shown}")
            for number, (name, kind, _, shown) in enumerate(found)
        )
        sizes = [size for _, _, size, _ in found]
        # -1 where a name may itself hold a secret.
        self.size = sum(sizes) if all(sizes) else -1
        self.together = "\n".join(names)
        self.with_values = not VALUE_KEYS.isdisjoint(names)
        self.beside = not (MARKS.isdisjoint(names) and ARGUMENT_KEYS.isdisjoint(names))


def key_set(names: tuple[object, ...], patterns: Patterns) -> KeySet | None:
    """Of the keys ``names``; None where they are no texts, or one may hold a secret.

    Nor where one names columns, which say what the cells below it are.
    """
    if not _TEXT.issuperset(map(type, names)):
        return None  # before they are looked up: others may say that they are equal to a text
    kept = patterns.key_sets.get(names)
    if kept is not None:
        return kept
    if not TABLES.isdisjoint(names):
        return None
    found = KeySet(names, patterns)  # type: ignore[arg-type]
    if found.size < 0:
        return None
    if len(names) <= _MAX_KEYS and found.size <= _MAX_BYTES:
        if len(patterns.key_sets) >= _MAX_SETS:
            patterns.key_sets.clear()
        patterns.key_sets[names] = found
    return found
