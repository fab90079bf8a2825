"""The scopes of Python code: what each binds itself, and what its functions are given.

https://docs.python.org/3/reference/executionmodel.html#naming-and-binding
"""

import ast
from collections.abc import Iterator

from tocsin.check.calls.abstract_values import Module, Scope

AnyDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def bound_in(scope: Scope) -> Iterator[str]:
    """The names that a scope binds: all that it assigns, but for those that it says are others'."""
    node: ast.AST = scope.tree if isinstance(scope, Module) else scope.node
    elsewhere: set[str] = set()
    found: set[str] = set()
    if isinstance(node, _DEFINITIONS):
        found |= {*parameters(node)}
        found |= {rest.arg for rest in (node.args.vararg, node.args.kwarg) if rest is not None}
    body = getattr(node, "body", [])
    waiting: list[ast.AST] = [*body] if isinstance(body, list) else [body]
    while waiting:
        part = waiting.pop()
        match part:
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                elsewhere |= {*names}
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(part.name)
            waiting += part.decorator_list
        elif not isinstance(part, ast.Lambda):
            waiting += ast.iter_child_nodes(part)
    yield from found - elsewhere - {"*"}


def parameters(node: AnyDefinition) -> list[str]:
    """By position, then those that are given by name alone."""
    arguments = node.args
    several = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return [argument.arg for argument in several]


def module_of(scope: Scope) -> Module:
    while not isinstance(scope, Module):
        scope = scope.scope
    return scope


def last_word(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return last_word(function)
    return ""
