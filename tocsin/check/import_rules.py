"""Modules that a function imports when it starts, and that nothing which is deployed has.

Only what is certain is a finding: statements at the top of a module, of modules that starting the
function imports, in archives that are made here. What stands in a ``try``, an ``if`` or a function
may never run; a function with layers of its own, or that changes where Python looks, may have more.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tocsin.check.own_modules import (
    HasCode,
    and_packages,
    archived_names,
    handlers_module,
    imported,
    own_file,
)
from tocsin.cloudformation.template import Template
from tocsin.config import Function, Stage
from tocsin.findings import Finding, Severity
from tocsin.packaging.artifact_paths import build_folder, layer_artifact, made_from

_RULE = "completeness/import"
# The top-level modules beside Python's own in AWS's image of the runtime, of any version of it.
# https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-dependencies
_RUNTIME = frozenset(
    {
        "_distutils_hack", "awslambdaric", "boto3", "botocore", "bootstrap", "dateutil", "jmespath",
        "lambda_internal", "pip", "pkg_resources", "runtime_client", "s3transfer", "setuptools",
        "simplejson", "six", "snapshot_restore_py", "typing_extensions", "urllib3", "wheel",
    }
)  # fmt: skip
# Python's own in a version that a function may have, and not in each that runs this.
_OF_SOME_VERSION = frozenset(
    {
        "_pyrepl", "annotationlib", "asynchat", "asyncore", "cgi", "cgitb", "compression",
        "distutils", "imp", "smtpd",
    }
)  # fmt: skip
_PROVIDED = frozenset(sys.stdlib_module_names) | _RUNTIME | _OF_SOME_VERSION
_LAYER_ROOT = "python/"


def imports(root: Path, stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each module without which a function cannot start."""
    # As compiled: a project's own serverless.yml.j2 may give layers to all.
    layered = {
        properties.get("FunctionName")
        for properties in template.of_type("AWS::Lambda::Function").values()
        if len(properties.get("Layers", ())) > 1
    }
    build = build_folder(root, stage)
    shipped = layer_modules(build)
    if not shipped:
        return
    for function in stage.functions:
        artifact = made_from(function)
        if artifact is None or not function.has_errorlog or function.name in layered:
            continue
        if "PYTHONPATH" in function.environment:
            continue
        if inside := archived_names(build / artifact):
            yield from _of_function(function, frozenset(inside), shipped)


def _of_function(
    function: Function, inside: frozenset[str], shipped: frozenset[str]
) -> Iterator[Finding]:
    for name, place in lacking_modules(function, inside, shipped).items():
        message = (
            f"{place} imports {name}, which no requirement, layer or runtime has: the function "
            f"cannot start; put what has it into {function.folder or '.'}/requirements.in"
        )
        yield Finding(Severity.ERROR, _RULE, function.key, message)


def lacking_modules(
    function: HasCode, inside: frozenset[str], shipped: frozenset[str]
) -> dict[str, str]:
    """Module -> the file that imports it, of what starting a function needs and nothing has.

    ``inside`` are the names in its archive, ``shipped`` the modules that its layers have. Empty
    where that cannot be told.
    """
    provided = _PROVIDED | shipped | modules_of(inside)
    lacking: dict[str, str] = {}
    for place, name in _imported_at_start(function, inside):
        if name is None:
            return {}  # Python is told to look elsewhere, too
        if name not in provided:
            lacking.setdefault(name, place)
    return lacking


def layer_modules(build: Path) -> frozenset[str]:
    """The modules that errorlog's layer has, as it was built; empty where it was not."""
    return modules_of(
        {
            name.removeprefix(_LAYER_ROOT)
            for name in archived_names(build / layer_artifact())
            if name.startswith(_LAYER_ROOT)
        }
    )


def _imported_at_start(
    function: HasCode, inside: frozenset[str]
) -> Iterator[tuple[str, str | None]]:
    """(where, top-level module) of what is imported at start; None where the path is changed."""
    waiting, seen = [*and_packages(handlers_module(function))], set[str]()
    while waiting:
        name = waiting.pop(0)
        found = own_file(function, inside, name)
        if found is None or name in seen:
            continue
        seen.add(name)
        file, place = found
        try:
            text = file.read_text(encoding="utf-8")
            tree = ast.parse(text)
        except (OSError, ValueError, SyntaxError, RecursionError):
            continue  # another rule names a module that cannot be read
        if "sys" in text and "path" in text:
            yield place, None
            return
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for statement in tree.body:
            for target in imported(statement, package):
                yield place, target.partition(".")[0]
                waiting += and_packages(target)


def modules_of(names: frozenset[str] | set[str]) -> frozenset[str]:
    """The modules and packages at the top of an archive."""
    return frozenset(name.partition("/")[0].partition(".")[0] for name in names)
