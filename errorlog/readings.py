"""What was read of a failure's values, so that none is read again when it is written down."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Readings:
    """``clean`` are texts without their secrets, ``parsed`` what texts are the JSON of.

    ``ordinary`` and ``names`` are texts and keys in which nothing was found, with their size in
    JSON.
    """

    __slots__ = ("clean", "names", "ordinary", "parsed")

    def __init__(self) -> None:
        self.clean: dict[str, str] = {}
        self.parsed: dict[str, Any] = {}
        self.ordinary: dict[str, int] = {}
        self.names: dict[str, int] = {}
