"""Which ids an expression mentions, before any types are known."""

from __future__ import annotations

from tocsin.cloudwatch.metric_math.parser import children
from tocsin.cloudwatch.metric_math.syntax import Node, Reference


def references(root: Node) -> tuple[str, ...]:
    """The ids, in order of appearance, each once."""
    return tuple(dict.fromkeys(node.id for node in nodes(root) if isinstance(node, Reference)))


def nodes(root: Node) -> list[Node]:
    """Every node of a tree, parents before their children, left to right."""
    found: list[Node] = []
    pending = [root]
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(reversed(children(node)))
    return found
