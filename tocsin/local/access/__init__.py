"""Who may use a stage: programs of this machine that hold a key of it, and no web page."""

from tocsin.local.access.door import Door, Keys
from tocsin.local.access.refusal import AccessRefused

__all__ = ["AccessRefused", "Door", "Keys"]
