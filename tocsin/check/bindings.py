"""Which statements of a module bind a name, in the order in which they run."""

import ast
from collections.abc import Iterable


def reaching(body: Iterable[ast.stmt], attribute: str) -> tuple[list[ast.stmt], bool]:
    """The statements that may have bound ``attribute`` last, and whether one has for certain."""
    found: list[ast.stmt] = []
    certain = False
    for statement in body:
        bound, sure = _bound(statement, attribute)
        found = bound if sure else found + bound
        certain = certain or sure
    return found, certain


def _bound(statement: ast.stmt, attribute: str) -> tuple[list[ast.stmt], bool]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return ([statement], True) if name == attribute else ([], False)
        case ast.ImportFrom():
            names = bound_by(statement)
            return [statement] if names & {attribute, "*"} else [], attribute in names
        case ast.Assign(targets=targets):
            return ([statement], True) if stores(targets, attribute) else ([], False)
        case ast.AnnAssign(target=target, value=ast.expr()):
            return ([statement], True) if stores([target], attribute) else ([], False)
        case ast.If(body=body, orelse=orelse):
            return _either([body, orelse], attribute)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            ways = [[*body, *orelse], *(handler.body for handler in handlers)]
            found, sure = _either(ways, attribute)
            last, for_certain = reaching(finalbody, attribute)
            return (last, True) if for_certain else (found + last, sure)
        case ast.With(body=body):
            return reaching(body, attribute)
        case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
            return _either([body, orelse], attribute)[0], False
        case ast.Match(cases=cases):
            return _either([case.body for case in cases], attribute)[0], False
    return [], False


def _either(ways: Iterable[Iterable[ast.stmt]], attribute: str) -> tuple[list[ast.stmt], bool]:
    ended = [reaching(way, attribute) for way in ways]
    return [binding for found, _ in ended for binding in found], all(sure for _, sure in ended)


def stores(targets: Iterable[ast.expr], attribute: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == attribute
        for target in targets
        for node in ast.walk(target)
    )


def bound_by(statement: ast.ImportFrom) -> set[str]:
    return {alias.asname or alias.name for alias in statement.names}
