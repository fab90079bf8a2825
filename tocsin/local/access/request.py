"""A request as it is on the wire, which is what was signed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_plus

from tocsin.local.access.refusal import AccessRefused


@dataclass(frozen=True)
class Request:
    """A request as it is on the wire: path and query percent-encoded, names in lower case."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """The only value of a header.

        Raises:
            AccessRefused: it is there more than once, so that two readers may read two values.
        """
        values = [value for given, value in self.headers if given == name]
        if len(values) > 1:
            raise AccessRefused("IncompleteSignature", f"there is more than one header {name}")
        return values[0] if values else None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query, decoded, in the order given."""
        pairs = (part.partition("=") for part in self.query.split("&") if part)
        return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]
