"""The handler is another module's."""

from report import handler

__all__ = ["handler"]
