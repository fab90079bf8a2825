"""A Pratt parser for metric math: tokens to a tree, with bounded depth.

Operators and their precedence follow
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html; loosest
first: OR, AND, comparisons, + and -, * and /, ^, unary minus.
"""

from __future__ import annotations

from functools import lru_cache

from tocsin.cloudwatch.errors import ExpressionError
from tocsin.cloudwatch.metric_math.syntax import (
    Array,
    FunctionCall,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
    Word,
)
from tocsin.cloudwatch.metric_math.tokens import Token, TokenKind, tokenize

MAX_DEPTH = 64
"""How deep parentheses, brackets, arguments and minus signs may nest."""

MAX_HEIGHT = 200
"""How high the tree may grow: ``1+1+1`` nests nothing, yet is two operations high."""

_BINDING = {
    "OR": 1,
    "AND": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/", 5),
    "^": 6,
}
_RIGHT_ASSOCIATIVE = {"^"}
_UNARY = 7

_OPERAND = "a number, an id, a function, '-', '(' or '['"


@lru_cache(maxsize=4096)
def parse(expression: str) -> Node:
    """The tree of an expression.

    Raises ExpressionError with the column and what was expected, for every text that is none.
    """
    return _Parser(expression).expression()


class _Parser:
    def __init__(self, expression: str) -> None:
        self._text = expression
        self._tokens = list(tokenize(expression))
        self._index = 0

    def expression(self) -> Node:
        tree = self._operand_and_operators(0, 0)
        if self._next.kind is not TokenKind.END:
            raise self._unexpected("an operator or the end of the expression")
        _check_height(self._text, tree)
        return tree

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        if token.kind is not TokenKind.END:
            self._index += 1
        return token

    def _expect(self, kind: TokenKind, expected: str | None = None) -> Token:
        if self._next.kind is not kind:
            raise self._unexpected(expected or str(kind))
        return self._take()

    def _unexpected(self, expected: str) -> ExpressionError:
        return ExpressionError(self._text, self._next.column, f"unexpected {self._next}", expected)

    def _operand_and_operators(self, binding: int, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _too_deep(self._text, self._next.column)
        left = self._operand(depth)
        while self._next.kind is TokenKind.OPERATOR:
            strength = _BINDING[self._next.text]
            if strength <= binding:
                break
            operator = self._take()
            tightness = strength - 1 if operator.text in _RIGHT_ASSOCIATIVE else strength
            right = self._operand_and_operators(tightness, depth + 1)
            left = Operation(operator.column, operator.text, left, right)
        return left

    def _operand(self, depth: int) -> Node:
        token = self._next
        match token.kind:
            case TokenKind.NUMBER:
                self._take()
                return Number(token.column, self._finite(token))
            case TokenKind.IDENTIFIER:
                self._take()
                if self._next.kind is TokenKind.OPEN:
                    raise ExpressionError(
                        self._text,
                        token.column,
                        f"unknown function {token.text!r}",
                        f"functions in upper case, as {token.text.upper()}",
                    )
                return Reference(token.column, token.text)
            case TokenKind.TEXT:
                self._take()
                return Text(token.column, token.text)
            case TokenKind.WORD:
                self._take()
                if self._next.kind is not TokenKind.OPEN:
                    return Word(token.column, token.text)
                self._take()
                arguments = self._items(TokenKind.CLOSE, depth)
                return FunctionCall(token.column, token.text, arguments)
            case TokenKind.OPEN:
                self._take()
                inside = self._operand_and_operators(0, depth + 1)
                self._expect(TokenKind.CLOSE, "an operator or ')'")
                return inside
            case TokenKind.OPEN_ARRAY:
                self._take()
                return Array(token.column, self._items(TokenKind.CLOSE_ARRAY, depth))
        if token.text == "-":
            self._take()
            return Negation(token.column, self._operand_and_operators(_UNARY, depth + 1))
        raise self._unexpected(_OPERAND)

    def _items(self, closing: TokenKind, depth: int) -> tuple[Node, ...]:
        if self._next.kind is closing:
            self._take()
            return ()
        items = [self._operand_and_operators(0, depth + 1)]
        while self._next.kind is TokenKind.COMMA:
            self._take()
            items.append(self._operand_and_operators(0, depth + 1))
        self._expect(closing, f"an operator, ',' or {closing}")
        return tuple(items)

    def _finite(self, token: Token) -> float:
        value = float(token.text)
        if value == float("inf"):
            raise ExpressionError(self._text, token.column, "number too large", "a finite number")
        return value


def _check_height(expression: str, tree: Node) -> None:
    """Bound chains of operators too: the checker and the evaluator walk the tree recursively."""
    level = [tree]
    for _ in range(MAX_HEIGHT):
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise ExpressionError(
        expression, level[0].column, "too many operations in a row", f"at most {MAX_HEIGHT}"
    )


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one."""
    match node:
        case Array(items=nodes) | FunctionCall(arguments=nodes):
            return nodes
        case Negation(operand=operand):
            return (operand,)
        case Operation(left=left, right=right):
            return (left, right)
    return ()


def _too_deep(expression: str, column: int) -> ExpressionError:
    return ExpressionError(expression, column, "nested too deeply", f"at most {MAX_DEPTH} levels")
