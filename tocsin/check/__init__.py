"""``check``: what is wrong with a compiled stack, found before it is deployed."""

from tocsin.check.run import check

__all__ = ["check"]
