"""What was proven before of alarms of the same shape, by the same engine.

A proof depends on the alarm as it is compiled and on this code, and takes a tenth of a second.
"""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from tocsin.findings import Finding, Severity
from tocsin.kept_answers import KeptAnswers

CACHE = Path(".tocsin/proven")
NOTHING_KEPT = KeptAnswers()

_PRODUCT = Path(__file__).resolve().parents[1]


@cache
def engine() -> str:
    """Another text where the product's code or numpy is another, as Python tells a changed file:
    by its time and size."""
    digest = hashlib.sha256(metadata.version("numpy").encode())
    for file in sorted(_PRODUCT.rglob("*.py")):
        found = file.stat()
        name = file.relative_to(_PRODUCT).as_posix()
        digest.update(f"{name} {found.st_mtime_ns} {found.st_size}\n".encode())
    return digest.hexdigest()


def written(findings: list[Finding]) -> list[dict[str, str]]:
    """Findings as JSON keeps them."""
    return [finding.as_dict() for finding in findings]


def read(kept: Any) -> list[Finding]:
    """Findings of what :func:`written` made.

    Raises:
        TypeError, ValueError, KeyError: it made something else.
    """
    return [Finding(**{**finding, "severity": Severity(finding["severity"])}) for finding in kept]
