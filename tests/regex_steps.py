"""How much work a regular expression makes of a text, counted instead of timed.

A backtracking matcher over the tree that :mod:`re` itself parses: it tries what ``re`` tries, in
the same order, and counts each character that it looks at. ``re`` skips some of it, so the count
is an upper bound, and the same on every machine. Bounded repetitions are scaled down, ``{0,500}``
to ``{0,5}``: they cost a factor, while growth shows in texts of a hundred characters.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

SCALE = 5
Continuation = Callable[[int], int | None]
Matcher = Callable[[int, Continuation], int | None]
SINGLE = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY)


class TooMuch(Exception):
    """More steps than allowed."""


class Steps:
    """Runs ``expression`` over texts as ``sub`` does; ``count`` is the work so far."""

    def __init__(self, expression: str, flags: int = 0, most: int = 100_000) -> None:
        self.tree = _parser.parse(expression, flags)
        self._flags = self.tree.state.flags
        self._matcher = self._sequence(list(self.tree))
        self._text = ""
        self._most = most
        self.count = 0

    def of(self, text: str) -> int:
        """Steps that finding every match in ``text`` takes."""
        self.count, self._text, at = 0, text, 0
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(100_000)
        try:
            while at <= len(text):
                self._step()
                end = self._matcher(at, lambda reached: reached)
                at = at + 1 if end is None or end == at else end
        finally:
            sys.setrecursionlimit(limit)
        return self.count

    def _step(self) -> None:
        self.count += 1
        if self.count > self._most:
            raise TooMuch

    def _sequence(self, items: list[Any]) -> Matcher:
        matchers = [self._item(*item) for item in items]

        def match(at: int, then: Continuation) -> int | None:
            def run(index: int, at: int) -> int | None:
                if index == len(matchers):
                    return then(at)
                return matchers[index](at, lambda reached: run(index + 1, reached))

            return run(0, at)

        return match

    def _item(self, kind: Any, argument: Any) -> Matcher:
        if kind in SINGLE:
            return self._character(kind, argument)
        if kind is op.BRANCH:
            return self._branch([self._sequence(list(branch)) for branch in argument[1]])
        if kind is op.SUBPATTERN:
            return self._sequence(list(argument[3]))
        if kind is op.AT:
            return self._position(argument)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return self._look(*argument, wanted=kind is op.ASSERT)
        if kind is op.ATOMIC_GROUP:
            return self._atomic(self._sequence(list(argument)))
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeat(kind, *argument)
        raise NotImplementedError(str(kind))

    def _character(self, kind: Any, argument: Any) -> Matcher:
        accepts = self.accepts(kind, argument)

        def match(at: int, then: Continuation) -> int | None:
            self._step()
            if at < len(self._text) and accepts(self._text[at]):
                return then(at + 1)
            return None

        return match

    def accepts(self, kind: Any, argument: Any) -> Callable[[str], bool]:
        """Whether a node of one character takes a character."""
        if kind is op.ANY:
            dotall = self._flags & re.DOTALL
            return lambda character: bool(dotall) or character != "\n"
        members = argument if kind is op.IN else [(op.LITERAL, argument)]
        negated = kind is op.NOT_LITERAL or members[0][0] is op.NEGATE
        known: dict[str, bool] = {}

        def accepts(character: str) -> bool:
            if character not in known:
                forms = {character}
                if self._flags & re.IGNORECASE:
                    forms |= {character.lower(), character.upper()}
                found = any(
                    _is_member(form, *member) for form in forms for member in members
                    if len(form) == 1
                )  # fmt: skip
                known[character] = found is not negated
            return known[character]

        return accepts

    def _branch(self, branches: list[Matcher]) -> Matcher:
        def match(at: int, then: Continuation) -> int | None:
            for branch in branches:
                self._step()
                end = branch(at, then)
                if end is not None:
                    return end
            return None

        return match

    def _position(self, where: Any) -> Matcher:
        def match(at: int, then: Continuation) -> int | None:
            self._step()
            before = at > 0 and _is_word(self._text[at - 1])
            after = at < len(self._text) and _is_word(self._text[at])
            start = at == 0 or (self._flags & re.MULTILINE and self._text[at - 1] == "\n")
            end = at == len(self._text) or self._text[at:] == "\n"
            held = {
                op.AT_BEGINNING: start,
                op.AT_BEGINNING_STRING: at == 0,
                op.AT_END: end or (self._flags & re.MULTILINE and self._text[at] == "\n"),
                op.AT_END_STRING: at == len(self._text),
                op.AT_BOUNDARY: before != after,
                op.AT_NON_BOUNDARY: before == after,
            }[where]
            return then(at) if held else None

        return match

    def _look(self, direction: int, tree: Any, *, wanted: bool) -> Matcher:
        inner = self._sequence(list(tree))
        width = min(tree.getwidth()[0], SCALE) if direction < 0 else 0

        def match(at: int, then: Continuation) -> int | None:
            found = at >= width and inner(at - width, lambda reached: reached) is not None
            return then(at) if found is wanted else None

        return match

    def _atomic(self, inner: Matcher) -> Matcher:
        def match(at: int, then: Continuation) -> int | None:
            end = inner(at, lambda reached: reached)
            return None if end is None else then(end)

        return match

    def _repeat(self, kind: Any, least: int, most: Any, tree: Any) -> Matcher:
        most = None if most is op.MAXREPEAT else min(most, max(SCALE, 1))
        least = min(least, SCALE)
        items = list(tree)
        if len(items) == 1 and items[0][0] in SINGLE:
            return self._repeated_character(kind, least, most, self.accepts(*items[0]))
        inner = self._sequence(items)

        def run(at: int, done: int, then: Continuation) -> int | None:
            def again() -> int | None:
                if most is not None and done >= most:
                    return None
                # An empty round would never end.
                return inner(at, lambda to: run(to, done + 1, then) if to > at else None)

            self._step()
            if done < least:
                return inner(at, lambda to: run(to, done + 1, then))
            if kind is op.MIN_REPEAT:
                end = then(at)
                return again() if end is None else end
            end = again()
            return then(at) if end is None else end

        def match(at: int, then: Continuation) -> int | None:
            return run(at, 0, then)

        return self._atomic(match) if kind is op.POSSESSIVE_REPEAT else match

    def _repeated_character(
        self, kind: Any, least: int, most: int | None, accepts: Callable[[str], bool]
    ) -> Matcher:
        def match(at: int, then: Continuation) -> int | None:
            text, reach, count = self._text, 0, 0
            bound = len(text) - at if most is None else min(most, len(text) - at)
            if kind is op.MIN_REPEAT:
                while True:
                    if count >= least:
                        end = then(at + count)
                        if end is not None:
                            return end
                    self._step()
                    if count >= bound or not accepts(text[at + count]):
                        return None
                    count += 1
            while reach < bound and accepts(text[at + reach]):
                self._step()
                reach += 1
            self._step()
            if reach < least:
                return None
            if kind is op.POSSESSIVE_REPEAT:
                return then(at + reach)
            for count in range(reach, least - 1, -1):
                self._step()
                end = then(at + count)
                if end is not None:
                    return end
            return None

        return match


def _is_member(character: str, kind: Any, argument: Any = None) -> bool:
    if kind is op.LITERAL:
        return bool(ord(character) == argument)
    if kind is op.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    if kind is op.CATEGORY:
        tests: dict[Any, bool] = {
            op.CATEGORY_DIGIT: character.isdecimal(),
            op.CATEGORY_NOT_DIGIT: not character.isdecimal(),
            op.CATEGORY_SPACE: character.isspace(),
            op.CATEGORY_NOT_SPACE: not character.isspace(),
            op.CATEGORY_WORD: _is_word(character),
            op.CATEGORY_NOT_WORD: not _is_word(character),
        }
        return tests[argument]
    return False


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def is_unbounded(expression: str, flags: int = 0) -> bool:
    """Whether ``expression`` may look at any number of characters from one place.

    The others cannot but be linear. What is looked ahead at counts too, which no match holds.
    """
    return _repeats_without_bound(_parser.parse(expression, flags))


def _repeats_without_bound(tree: Any) -> bool:
    for kind, argument in tree:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            inner = [argument[2]]
            if argument[1] is op.MAXREPEAT:
                return True
        elif kind is op.BRANCH:
            inner = argument[1]
        elif kind is op.SUBPATTERN:
            inner = [argument[3]]
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            inner = [argument[1]]
        else:
            inner = [argument] if kind is op.ATOMIC_GROUP else []
        if any(map(_repeats_without_bound, inner)):
            return True
    return False
