"""Whether ministack's inside is where we left it.

It has no stable one. It is pinned exactly, and :func:`moved` tells in plain words what an upgrade
has moved, before anything is swapped.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path

from tocsin.local.emulator.ministack_contacts import CONTACTS, Contact

PINNED = "1.5.33"

_NAMES_IT = re.compile(r"services\.cloudwatch\b|ministack\.services import .*\bcloudwatch\b")


def moved() -> list[str]:
    """What is not where it was when this package was written; empty when all is well."""
    found = metadata.version("ministack")
    problems = [problem for contact in CONTACTS if (problem := _problem(contact))]
    if found != PINNED:
        problems.insert(
            0,
            f"ministack is {found}, tocsin was written for {PINNED}: pin it in "
            "requirements/tools.in, or go through tocsin/local/emulator and then change PINNED",
        )
    return problems


def _problem(contact: Contact) -> str | None:
    where = f"{contact.module}.{contact.name} ({contact.purpose})"
    try:
        held = getattr(import_module(contact.module), contact.name)
    except (ImportError, AttributeError):
        return f"{where} is gone: look for its successor in {contact.module} and adapt the caller"
    if contact.parameters is None:
        return None
    if not callable(held):
        return f"{where} is no longer callable"
    parameters = " ".join(inspect.signature(held).parameters)
    if parameters != contact.parameters:
        return f"{where} now takes ({parameters}), not ({contact.parameters})"
    return None


def asked_of_cloudwatch() -> Iterator[str]:
    """Attributes that ministack's own sources read from its cloudwatch module.

    Reads all of its sources, which takes seconds: for the test, not for each start.
    """
    package = Path(import_module("ministack").__file__ or "").parent
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if not _NAMES_IT.search(text):
            continue
        tree = ast.parse(text)
        aliases = set(_cloudwatch_aliases(tree))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in aliases
            ):
                yield node.attr


def _cloudwatch_aliases(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "ministack.services":
            yield from (
                alias.asname or alias.name for alias in node.names if alias.name == "cloudwatch"
            )
        elif isinstance(node, ast.Import):
            yield from (
                alias.asname
                for alias in node.names
                if alias.name == "ministack.services.cloudwatch" and alias.asname
            )
