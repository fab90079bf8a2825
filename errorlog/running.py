"""Handlers that still run when their call has returned: coroutines and generators."""

from __future__ import annotations

import sys
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from errorlog.wrapping import is_partial, wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from typing import Any, Protocol

    class Call(Protocol):
        """One call of a handler; none of it raises.

        ``instead`` does, in the handler's place, what a drill asks for; None for other events.
        """

        def instead(self) -> Callable[[], Any] | None: ...
        def enter(self) -> None: ...
        def leave(self) -> None: ...
        def failed(self, error: BaseException) -> None: ...
        def answered(self, answer: Any) -> None: ...


UNFINISHED = frozenset((CoroutineType, GeneratorType, AsyncGeneratorType))
# https://docs.python.org/3/library/inspect.html#code-objects-bit-flags
_GENERATOR, _ASYNC_GENERATOR = 0x20, 0x200
# 0x100 is a generator that is awaited: types.coroutine
_AWAITED_GENERATOR = 0x100
_COROUTINE = 0x80 | _AWAITED_GENERATOR


def decorated(
    handler: Callable[..., Any],
    begun: Callable[[tuple[Any, ...], dict[str, Any]], Call],
) -> Callable[..., Any] | None:
    """``handler`` recorded, as a function of its own kind; None for an ordinary function.

    ``begun`` makes a call of its arguments.
    """
    flags = _flags(handler)
    if flags & _COROUTINE:

        @wraps(handler)
        async def recorded_coroutine(*args: Any, **kwargs: Any) -> Any:
            call = begun(args, kwargs)
            asked = call.instead()
            running = handler(*args, **kwargs) if asked is None else _asked(asked)
            return await _awaited(running, call)

        return recorded_coroutine
    if flags & _GENERATOR:

        @wraps(handler)
        def recorded_generator(*args: Any, **kwargs: Any) -> Any:
            call = begun(args, kwargs)
            asked = call.instead()
            running = handler(*args, **kwargs) if asked is None else _asked_stepwise(asked)
            return (yield from _stepped(running, call))

        return recorded_generator
    if flags & _ASYNC_GENERATOR:

        @wraps(handler)
        def recorded_async_generator(*args: Any, **kwargs: Any) -> Any:
            call = begun(args, kwargs)
            asked = call.instead()
            running = handler(*args, **kwargs) if asked is None else _asked_in_turn(asked)
            return _async_stepped(running, call)

        return recorded_async_generator
    return None


def _flags(handler: Any) -> int:
    try:
        while is_partial(handler):
            handler = handler.func
        handler = getattr(handler, "__func__", handler)
        flags = getattr(getattr(handler, "__code__", None), "co_flags", 0)
    except Exception:  # a proxy that finds what it stands for in a call only
        return 0
    return flags if isinstance(flags, int) else 0


def watched(answer: Any, call: Call) -> Any:
    """What an ordinary function returned: where that is still to run, the same, recorded."""
    kind = type(answer)
    if kind is CoroutineType or (
        kind is GeneratorType and answer.gi_code.co_flags & _AWAITED_GENERATOR
    ):
        return _awaited(answer, call)
    if kind is GeneratorType:
        return _stepped(answer, call)
    if kind is AsyncGeneratorType:
        return _async_stepped(answer, call)
    return answer


async def _asked(do: Callable[[], Any]) -> Any:
    return do()


def _asked_stepwise(do: Callable[[], Any]) -> Generator[Any, Any, Any]:
    yield do()


async def _asked_in_turn(do: Callable[[], Any]) -> AsyncGenerator[Any, Any]:
    yield do()


async def _awaited(coroutine: Any, call: Call) -> Any:
    call.enter()
    try:
        answer = await coroutine
    except GeneratorExit:  # nobody waits for it any more, which is no failure
        raise
    except BaseException as error:
        call.failed(error)
        raise
    finally:
        call.leave()
    if type(answer) in UNFINISHED:
        return watched(answer, call)
    call.answered(answer)
    return answer


def _stepped(generator: Any, call: Call) -> Generator[Any, Any, Any]:
    """``yield from generator``, with ``call`` entered only while it runs.

    https://peps.python.org/pep-0380/#formal-semantics
    """
    step, argument = generator.send, None
    while True:
        call.enter()
        try:
            value = step(argument)
        except StopIteration as end:
            return end.value
        except BaseException as error:
            _ended(error, argument, call)
            raise
        finally:
            call.leave()
        try:
            argument = yield value
            step = generator.send
        except BaseException as thrown:
            step, argument = generator.throw, thrown


async def _async_stepped(generator: Any, call: Call) -> AsyncGenerator[Any, Any]:
    step, argument = _unheard, None
    while True:
        call.enter()
        try:
            value = await step(generator, argument)
        except StopAsyncIteration:
            return
        except GeneratorExit:  # closed, also while it waits
            raise
        except BaseException as error:
            if not _is_cancelled(error):
                call.failed(error)
            raise
        finally:
            call.leave()
        try:
            argument = yield value
            step = type(generator).asend
        except BaseException as thrown:
            step, argument = type(generator).athrow, thrown


def _unheard(generator: Any, argument: None) -> Any:
    """The first step of ``generator``, of which the event loop does not hear.

    At its end a loop closes all generators that it has heard of, at once: that of the handler
    would be closed by the loop and by the one around it.
    """
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        return generator.asend(argument)
    finally:
        sys.set_asyncgen_hooks(*hooks)


def _is_cancelled(error: BaseException) -> bool:
    """Whether who reads an asynchronous generator was told to stop, rather than it itself.

    https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.cancelling
    What trio's own scope has cancelled does not leave it: what leaves was told from outside.
    """
    if isinstance(error, getattr(sys.modules.get("trio"), "Cancelled", ())):
        return True
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not isinstance(error, asyncio.CancelledError):
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:  # another library's loop
        return False
    return task is not None and task.cancelling() > 0


def _ended(error: BaseException, thrown: object, call: Call) -> None:
    """A generator that was closed before its end has not failed."""
    if not (isinstance(error, GeneratorExit) and isinstance(thrown, GeneratorExit)):
        call.failed(error)
