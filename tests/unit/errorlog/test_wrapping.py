"""What stands in a handler's place looks like it."""

import functools

import pytest

from errorlog.wrapping import wraps


def plain(event: dict[str, int], context: object) -> int:
    """What it does."""
    return event["a"]


plain.kept = {"a": 1}  # type: ignore[attr-defined]


class Callable:
    """An object that is called."""

    def __call__(self, event, context):
        return event


WRAPPED = [plain, functools.partial(plain, context=None), Callable(), Callable, lambda: None, len]


@pytest.mark.parametrize("wrapped", WRAPPED, ids=lambda wrapped: type(wrapped).__name__)
def test_it_is_named_as_the_standard_library_names_it(wrapped) -> None:
    def wrapper():
        def function() -> None: ...

        return function

    ours, theirs = wraps(wrapped)(wrapper()), functools.wraps(wrapped)(wrapper())
    names = (*functools.WRAPPER_ASSIGNMENTS, "__dict__", "__wrapped__")
    assert [getattr(ours, name, "-") for name in names] == [
        getattr(theirs, name, "-") for name in names
    ]
