"""What a name in a function's code may stand for, as far as calls of AWS ask."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Unknown:
    """Anything: nothing is said of what is done with it."""


@dataclass(frozen=True)
class WrittenText:
    """A text that is written out."""

    text: str


@dataclass(frozen=True)
class ImportedName:
    """Something of a module that is not the project's, by its path: ``boto3.client``."""

    path: str


@dataclass(frozen=True, eq=False)
class Module:
    """A module of the project's own."""

    name: str
    package: str
    place: str
    tree: ast.Module


@dataclass(frozen=True, eq=False)
class Class:
    """A class of the project's own."""

    node: ast.ClassDef
    scope: "Scope"


@dataclass(frozen=True, eq=False)
class Definition:
    """A function of the project's own, or a lambda; ``of`` is the class that it is a method of."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: "Scope"
    of: Class | None = None


@dataclass(frozen=True)
class Bound:
    """A method with what it is called on."""

    definition: Definition
    receiver: "Value"


@dataclass(frozen=True)
class Instance:
    """An object of a class of the project's own."""

    kind: Class


@dataclass(frozen=True)
class SdkObject:
    """An object of boto3, by its kind: a session, a client, a resource and its parts.

    ``part`` is the resource's (``Table``), the operation's (of a paginator, in Python's words), or
    the name of a waiter.
    """

    kind: str
    service: str = ""
    part: str = ""


@dataclass(frozen=True)
class SdkMethod:
    """A method of such an object."""

    receiver: SdkObject
    name: str


Value = (
    Unknown
    | WrittenText
    | ImportedName
    | Module
    | Class
    | Definition
    | Bound
    | Instance
    | SdkObject
    | SdkMethod
)
Values = frozenset[Value]
Scope = Module | Class | Definition

NOTHING: Values = frozenset()
ANYTHING: Values = frozenset({Unknown()})
