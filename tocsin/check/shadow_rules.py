"""Modules of a function that stand before others of the same name.

Lambda looks in the function's own folder first, then in layers and in Python's library:
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tocsin.check.module_source import ERRORLOG
from tocsin.config import Function
from tocsin.findings import Finding, Severity
from tocsin.packaging.sources import left_out_of_a_project

_LAYER = frozenset({ERRORLOG, "aws_lambda_powertools"})


def shadows(function: Function) -> Iterator[Finding]:
    """A finding for each module that is imported in place of the layer's or of Python's own."""
    root = _project(function)
    for folder in function.folders:
        left_out = left_out_of_a_project(root, folder, function.handler)
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = path.stem if path.suffix == ".py" else path.name
            if path.name in left_out:
                continue
            if path.is_dir() and not any(path.glob("*.py")):
                continue  # a namespace package, which any other one stands before
            place = path.relative_to(root).as_posix()
            if name in _LAYER:
                message = (
                    f"{place} is imported in place of the layer's {name}; give it another name"
                )
                yield Finding(Severity.ERROR, "completeness/shadow", function.key, message)
            elif name in sys.stdlib_module_names:
                message = f"{place} is imported in place of Python's own {name}"
                yield Finding(Severity.WARNING, "completeness/shadow", function.key, message)


def _project(function: Function) -> Path:
    """The project's folder, from which the function's own is named."""
    depth = len(Path(function.folder).parts)
    return function.source if not depth else function.source.parents[depth - 1]
