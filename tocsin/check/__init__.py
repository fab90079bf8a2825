"""``check``: what is wrong with a compiled stack, found before it is deployed."""

from tocsin.check.findings import Finding, Severity
from tocsin.check.run import check

__all__ = ["Finding", "Severity", "check"]
