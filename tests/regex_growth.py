"""How the work of a regular expression grows with a text that is made to slow it down."""

from __future__ import annotations

from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from tests.regex_steps import SCALE, SINGLE, Steps, TooMuch

_SUSPECT = 6
# Characters that end a word, a quotation, a field or a line, or that continue any of them.
_CONNECTING = ("", "-", ".", "_", " ", ":", "/", "=", '"', "'", "<", "\\", "@", "+", "\n", "a", "0")
_UNBOUNDED = "\0unbounded"


def pumps(expression: str, flags: int = 0, most: int = 10_000) -> list[str]:
    """Texts whose repetition may make ``expression`` slow, made from its own parts.

    Every beginning of what it matches, every part alone, and each of them with what may connect
    one repetition with the next. The likeliest come first: what leads to a repetition without
    bound, followed by a character that this repetition takes as well.
    """
    steps = Steps(expression, flags)
    likely: dict[str, None] = {}
    others: dict[str, None] = {}
    for marked in _alternatives(steps, list(steps.tree)):
        before = ""
        for index, part in enumerate(marked):
            following = next((later for later in marked[index + 1 :] if later != _UNBOUNDED), "")
            if part == _UNBOUNDED:
                likely |= dict.fromkeys([following, before + following[:1]])
                likely |= dict.fromkeys(before + joint for joint in _CONNECTING)
                continue
            before += part
            for piece in (before, part + following, part):
                others |= dict.fromkeys(piece + joint for joint in _CONNECTING)
    found = [pump for pump in {**likely, **others} if pump]
    if len(found) <= most:
        return found
    first = [pump for pump in likely if pump][: most // 2]
    rest = [pump for pump in found if pump not in first]
    return first + rest[:: max(1, len(rest) // (most - len(first)))][: most - len(first)]


def growth(expression: str, flags: int = 0, most: int = 10_000) -> tuple[float, str]:
    """How many times the work grows when a text is made four times as long, at worst; by which.

    4 is linear, 16 quadratic.
    """
    steps = Steps(expression, flags)
    worst = (0.0, "")
    for pump in pumps(expression, flags, most):
        short = pump * (1 + 24 // len(pump))
        for end in ("", "\0"):
            try:
                ratio = steps.of(short * 4 + end) / steps.of(short + end)
                if ratio > _SUSPECT:
                    # The first few characters of a text may have no match to begin; growth goes on.
                    ratio = min(ratio, steps.of(short * 16 + end) / steps.of(short * 4 + end))
            except TooMuch:
                return float("inf"), pump + end
            worst = max(worst, (ratio, pump + end))
    return worst


def _alternatives(steps: Steps, items: list[Any], most: int = 8) -> list[list[str]]:
    """Some texts that ``items`` match, each in the parts that made it."""
    found: list[list[str]] = [[]]
    for kind, argument in items:
        options = _options(steps, kind, argument)
        found = [[*start, *option] for option in options for start in found][:most]
    return found


def _options(steps: Steps, kind: Any, argument: Any) -> list[list[str]]:
    if kind in SINGLE:
        accepts = steps.accepts(kind, argument)
        candidates = [chr(argument)] if kind is op.LITERAL else list("a0A-._ =/1:x\t\"'é@+")
        if kind is op.IN:
            candidates += [chr(member[1]) for member in argument if member[0] is op.LITERAL]
            candidates += [chr(member[1][0]) for member in argument if member[0] is op.RANGE]
        return [[candidate] for candidate in candidates if accepts(candidate)][:2] or [[""]]
    if kind is op.BRANCH:
        branches = argument[1]
        some = branches[:: max(1, len(branches) // 4)]
        return [parts for branch in some for parts in _alternatives(steps, list(branch), 2)]
    if kind is op.SUBPATTERN:
        return _alternatives(steps, list(argument[3]))
    if kind is op.ATOMIC_GROUP:
        return _alternatives(steps, list(argument))
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, tree = argument
        inner = _alternatives(steps, list(tree), 2)
        times = min(max(least, 1), SCALE)
        mark = [_UNBOUNDED] if most is op.MAXREPEAT else []
        joined = ("".join(part for part in parts if part != _UNBOUNDED) for parts in inner)
        options = [[*mark, whole * times] for whole in joined]
        options += [mark + parts * times for parts in inner if _UNBOUNDED in parts]
        return [[""], *options] if least == 0 and not mark else options
    return [[""]]
