"""What a template's values are, as far as it and a deployment tell: nothing is made up."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudwatch.errors import DefinitionError, UnknownValueError

ANY = "*"
"""Stands for the account where that is not known: in an ARN, and nowhere else, it may."""

_LATER = "{{resolve:"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html


class KnownValues:
    """The values of one template; None for what is not known.

    ``deployed`` are physical ids by logical id. ``stack`` is empty where the name of the stack is
    not known.
    """

    def __init__(
        self,
        template: Mapping[str, Any],
        *,
        region: str,
        stack: str,
        account: str = "",
        parameters: Mapping[str, str] | None = None,
        deployed: Mapping[str, str] | None = None,
    ) -> None:
        self._resolver_with = partial(
            Resolver,
            template,
            parameters or {},
            region=region,
            stack=stack or _UNKNOWN,
            deployed=deployed or {},
        )
        self._account = account
        self._resolver = self._resolver_with(account=account or ANY)

    def value(self, value: Any) -> Any:
        try:
            return self._resolver.resolved(value, "value")
        except DefinitionError:
            return None

    def collection(self, value: Any, where: str) -> Any:
        """What a loop runs over.

        Raises:
            DefinitionError: it cannot be known, or is none.
        """
        resolver = self._resolver_with(account=self._account or _UNKNOWN)
        found = resolver.resolved(value, where)
        for member in found if isinstance(found, list) else [found]:
            if isinstance(member, str) and _UNKNOWN in member:
                raise UnknownValueError(where, ["the name of its stack, or its account, is in it"])
        return found

    def text(self, value: Any) -> str | None:
        """A text, in which nothing waits for a deployment."""
        found = self.value(value)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        text = str(found)
        return None if _UNKNOWN in text or _LATER in text else text

    def number(self, value: Any, default: int) -> int:
        """A whole number of at most nine digits; ``default`` for anything else."""
        text = self.text(value)
        return (
            int(text)
            if text and text.isascii() and text.isdecimal() and len(text) < 10
            else (default)
        )

    def texts(self, value: Any) -> tuple[str | None, ...]:
        """One or several texts: those of a list by themselves."""
        if isinstance(value, list):
            return tuple(self.text(item) for item in value)
        found = self.value(value)
        if isinstance(found, list):
            return tuple(self.text(item) for item in found)
        return () if value is None else (self.text(value),)

    def mapping(self, value: Any) -> dict[str, Any]:
        """A mapping as written, where it is one; what a function makes of it otherwise."""
        if isinstance(value, Mapping) and not is_function(value):
            return {str(key): item for key, item in value.items()}
        found = self.value(value)
        return found if isinstance(found, dict) else {}

    def left_out(self, condition: Any) -> bool:
        """Whether a resource with this condition is certainly not made."""
        try:
            return not self._resolver.holds(condition)
        except DefinitionError:
            return False


_UNKNOWN = "\x00unknown\x00"


def is_function(value: Mapping[Any, Any]) -> bool:
    """Whether it is a function of CloudFormation's, and no mapping of values."""
    return len(value) == 1 and str(next(iter(value))).startswith(("Fn::", "Ref"))
