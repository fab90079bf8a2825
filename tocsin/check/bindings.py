"""Which statements of a module bind a name, in the order in which they run."""

import ast
from collections.abc import Iterable

from tocsin.check.module_source import ERRORLOG


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
    within = _bound_within(statement, attribute)
    if within is not None:
        return [within], True
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return ([statement], True) if name == attribute else ([], False)
        case ast.ImportFrom():
            names = bound_by(statement)
            return [statement] if names & {attribute, "*"} else [], attribute in names
        case ast.Import(names=aliases):
            names = {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            return ([statement], True) if attribute in names else ([], False)
        case ast.Assign(targets=targets):
            if not stores(targets, attribute):
                return [], False
            return [_of_its_own(statement, attribute)], True
        case ast.AnnAssign(target=target, value=ast.expr()):
            return ([statement], True) if stores([target], attribute) else ([], False)
        case ast.If(test=test, orelse=orelse) if _is_for_type_checkers(test):
            return reaching(orelse, attribute)
        case ast.If(body=body, orelse=orelse):
            return _either([body, orelse], attribute)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            ways = [[*body, *orelse], *(way.body for way in handlers if not _is_without(way, body))]
            found, sure = _either(ways, attribute)
            last, for_certain = reaching(finalbody, attribute)
            return (last, True) if for_certain else (found + last, sure)
        case ast.With(body=body):
            return reaching(body, attribute)
        case ast.For(target=target) if stores([target], attribute):
            return [statement], False
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
        isinstance(node, ast.Name) and node.id == attribute and isinstance(node.ctx, ast.Store)
        for target in targets
        for node in ast.walk(target)
    )


def bound_by(statement: ast.ImportFrom) -> set[str]:
    return {alias.asname or alias.name for alias in statement.names}


def _bound_within(statement: ast.stmt, attribute: str) -> ast.stmt | None:
    """``(handler := x)`` within a statement, as ``handler = x``."""
    match statement:
        case (
            ast.Expr(value=value)
            | ast.Assign(value=value)
            | ast.AnnAssign(value=ast.expr() as value)
        ):
            searched = value
        case ast.If(test=test) | ast.While(test=test) | ast.Assert(test=test):
            searched = test
        case _:
            return None
    for node in ast.walk(searched):
        if isinstance(node, ast.NamedExpr) and node.target.id == attribute:
            return _assigned(node.target, node.value, statement)
    return None


def _of_its_own(statement: ast.Assign, attribute: str) -> ast.Assign:
    """``handler = a`` of ``handler, other = a, b``; any other statement itself."""
    for target in statement.targets:
        match target, statement.value:
            case ast.Tuple(elts=names) | ast.List(elts=names), ast.Tuple(elts=values) | ast.List(
                elts=values
            ) if len(names) == len(values):
                for name, value in zip(names, values, strict=True):
                    if isinstance(name, ast.Name) and name.id == attribute:
                        return _assigned(name, value, statement)
    return statement


def _assigned(name: ast.Name, value: ast.expr, at: ast.stmt) -> ast.Assign:
    made = ast.Assign(targets=[name], value=value)
    return ast.copy_location(made, at)


def _is_without(way: ast.ExceptHandler, body: Iterable[ast.stmt]) -> bool:
    """Whether it is taken only where errorlog is not there: on Lambda it is, in its layer."""
    kinds = way.type.elts if isinstance(way.type, ast.Tuple) else [way.type]
    named = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    return bool(named & {"ImportError", "ModuleNotFoundError"}) and any(
        (isinstance(part, ast.Import) and any(alias.name == ERRORLOG for alias in part.names))
        or (isinstance(part, ast.ImportFrom) and (part.module or "").split(".")[0] == ERRORLOG)
        for part in body
    )


def _is_for_type_checkers(test: ast.expr) -> bool:
    match test:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name == "TYPE_CHECKING"
    return False
