"""The former place of :mod:`tocsin.error_log`'s readers."""

from tocsin.error_log import newest, since

__all__ = ["newest", "since"]
