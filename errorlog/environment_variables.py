"""The environment as it is now, read often.

``os.environ`` encodes each name and decodes each value anew, in five calls of Python's. A record
asks for thirty; here what they were made into is looked up by what is set. The one place that looks
into ``os.environ``, whose ``_data`` holds bytes by bytes; where it has none it is asked itself.
"""

from __future__ import annotations

import os

_POSIX = os.name == "posix"

Held = bytes | str | None


def _asked(name: bytes) -> Held:
    try:
        value: object = os.environ.get(os.fsdecode(name))
    except BaseException:  # whatever stands in its place
        return None
    return value if value is None or isinstance(value, bytes | str) else str(value)


def held(names: tuple[bytes, ...]) -> tuple[Held, ...]:
    """What the variables are set to, to look up what was made of them; None for those unset."""
    data = getattr(os.environ, "_data", None)
    return tuple(map(data.get if _POSIX and type(data) is dict else _asked, names))


def text(value: Held) -> str:
    """What :func:`held` found, as text; empty for a variable that is not set."""
    return "" if value is None else os.fsdecode(value)


def get(name: bytes) -> str:
    """The value of the variable; empty where it is not set."""
    return text(held((name,))[0])
