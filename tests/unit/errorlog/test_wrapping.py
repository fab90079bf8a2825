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


class Anything:
    """A proxy that has whatever is asked for, or nothing at all."""

    def __init__(self, **held: object) -> None:
        object.__setattr__(self, "held", held)

    def __getattribute__(self, name: str) -> object:
        held = object.__getattribute__(self, "held")
        if held:
            return held["anything"]
        raise RuntimeError("outside of a call")

    def __call__(self, event, context):
        return event


@pytest.mark.parametrize("held", [{"anything": 3}, {"anything": ""}, {}])
def test_no_attribute_of_what_is_wrapped_breaks_it(held) -> None:
    @wraps(Anything(**held))
    def function() -> str:
        return "done"

    assert function() == "done"
