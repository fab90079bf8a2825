"""Functions of every kind are recorded, and stay what they are."""

import asyncio
import functools
import inspect
import sys
import threading
import types
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest
from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    EventType,
    async_process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel, Field

import errorlog
from errorlog import invocation
from tests.unit.errorlog.surroundings import Context

LIBRARY = Path(errorlog.__file__).parent
EVENT = {"orderId": "o-1"}


def plain():
    @errorlog.record_errors
    def handler(event, context):
        raise ValueError("no stock")

    return handler


def other_names():
    @errorlog.record_errors
    def handler(request, lambda_context):
        raise ValueError("no stock")

    return lambda event, context: handler(lambda_context=context, request=event)


def usual_names_reversed():
    handler = plain()
    return lambda event, context: handler(context=context, event=event)


def keyword_only():
    @errorlog.record_errors
    def handler(*, message, context):
        raise ValueError("no stock")

    return lambda event, context: handler(message=event, context=context)


def one_of_each():
    @errorlog.record_errors
    def handler(message, ctx, extra=None):
        raise ValueError("no stock")

    return lambda event, context: handler(event, ctx=context, extra=1)


def anything():
    @errorlog.record_errors
    def handler(*args, **kwargs):
        raise ValueError("no stock")

    return handler


def method():
    class Orders:
        @errorlog.record_errors
        def handle(self, event, context):
            assert isinstance(self, Orders)
            raise ValueError("no stock")

    return Orders().handle


def method_by_keyword():
    bound = method()
    return lambda event, context: bound(context=context, event=event)


def bound_method():
    class Orders:
        def handle(self, event, context):
            raise ValueError("no stock")

    return errorlog.record_errors(Orders().handle)


def static_method_inside():
    class Orders:
        @staticmethod
        @errorlog.record_errors
        def handle(event, context):
            raise ValueError("no stock")

    return Orders.handle


def static_method_outside():
    class Orders:
        @errorlog.record_errors
        @staticmethod
        def handle(event, context):
            raise ValueError("no stock")

    return Orders().handle


def class_method_inside():
    class Orders:
        @classmethod
        @errorlog.record_errors
        def handle(cls, event, context):
            assert cls is Orders
            raise ValueError("no stock")

    return Orders.handle


def class_method_outside():
    class Orders:
        @errorlog.record_errors(record_event=True)
        @classmethod
        def handle(cls, event, context):
            assert cls is Orders
            raise ValueError("no stock")

    return Orders.handle


def callable_object():
    class Orders:
        def __call__(self, event, context):
            raise ValueError("no stock")

    return errorlog.record_errors(Orders())


def partial():
    def handler(store, event, context, *, colour):
        raise ValueError("no stock")

    return errorlog.record_errors(functools.partial(handler, "store", colour="red"))


def partial_by_keyword():
    def handler(store, message, ctx):
        raise ValueError("no stock")

    decorated = errorlog.record_errors(functools.partial(handler, "store"))
    return lambda event, context: decorated(ctx=context, message=event)


def wrapped():
    def cors(handler):
        @functools.wraps(handler)
        def wrapper(*args, **kwargs):
            return handler(*args, **kwargs)

        return wrapper

    class Orders:
        @errorlog.record_errors
        @cors
        def handle(self, message, ctx):
            raise ValueError("no stock")

    bound = Orders().handle
    return lambda event, context: bound(ctx=context, message=event)


def partial_method_outside():
    class Orders:
        def handle_in(self, store, event, context):
            assert isinstance(self, Orders)
            raise ValueError("no stock")

        handle = errorlog.record_errors(functools.partialmethod(handle_in, "store"))

    return Orders().handle


def partial_coroutine_method():
    class Orders:
        async def handle_in(self, store, event, context):
            raise ValueError("no stock")

        handle = errorlog.record_errors(functools.partialmethod(handle_in, "store"))

    return lambda event, context: asyncio.run(Orders().handle(event, context))


class Proxy:
    """Stands for something, and has whatever is asked for."""

    def __call__(self, event, context):
        raise ValueError("no stock")

    def __getattr__(self, name):
        return Proxy()


class LazyProxy(Proxy):
    """Finds what it stands for in a call only."""

    def __getattr__(self, name):
        raise RuntimeError("outside of a call")


def proxy():
    return errorlog.record_errors(Proxy())


def lazy_proxy():
    return errorlog.record_errors(LazyProxy())


def coroutine():
    @errorlog.record_errors
    async def handler(event, context):
        await asyncio.sleep(0)
        raise ValueError("no stock")

    assert inspect.iscoroutinefunction(handler)
    return lambda event, context: asyncio.run(handler(event, context))


def hidden_coroutine():
    """Another decorator returns the coroutine of what it wraps."""

    async def handler(event, context):
        raise ValueError("no stock")

    decorated = errorlog.record_errors(lambda event, context: handler(event, context))
    return lambda event, context: asyncio.run(decorated(event, context))


def coroutine_method():
    class Orders:
        @errorlog.record_errors
        async def handle(self, event, context):
            raise ValueError("no stock")

    return lambda event, context: asyncio.run(Orders().handle(event=event, context=context))


def awaited_generator():
    @errorlog.record_errors
    @types.coroutine
    def handler(event, context):
        yield from asyncio.sleep(0).__await__()
        raise ValueError("no stock")

    async def call(event, context):
        return await handler(event, context)

    return lambda event, context: asyncio.run(call(event, context))


def hidden_awaited_generator():
    @types.coroutine
    def handler(event, context):
        yield from asyncio.sleep(0).__await__()
        raise ValueError("no stock")

    decorated = errorlog.record_errors(lambda event, context: handler(event, context))

    async def call(event, context):
        return await decorated(event, context)

    return lambda event, context: asyncio.run(call(event, context))


def generator():
    @errorlog.record_errors
    def handler(event, context):
        yield "one"
        raise ValueError("no stock")

    assert inspect.isgeneratorfunction(handler)
    return lambda event, context: list(handler(event, context))


def generator_expression():
    decorated = errorlog.record_errors(lambda event, context: (int("no stock") for _ in "a"))
    return lambda event, context: list(decorated(event, context))


def coroutine_that_returns_a_generator():
    @errorlog.record_errors
    async def handler(event, context):
        def parts():
            yield 1
            raise ValueError("no stock")

        return parts()

    return lambda event, context: list(asyncio.run(handler(event, context)))


def async_generator():
    @errorlog.record_errors
    async def handler(event, context):
        yield "one"
        raise ValueError("no stock")

    async def read(event, context):
        return [part async for part in handler(event, context)]

    return lambda event, context: asyncio.run(read(event, context))


def in_a_thread():
    handler = plain()

    def call(event, context):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(handler, event, context).result()

    return call


def twice_in_a_thread():
    """A decorated handler calls another in a thread: one failure."""
    return errorlog.record_errors(in_a_thread())


KINDS = [
    plain, other_names, usual_names_reversed, keyword_only, one_of_each, anything, method,
    method_by_keyword, bound_method, static_method_inside, static_method_outside,
    class_method_inside, class_method_outside, callable_object, partial, partial_by_keyword,
    partial_method_outside, partial_coroutine_method, proxy, lazy_proxy,
    wrapped, coroutine, hidden_coroutine, coroutine_method, awaited_generator,
    hidden_awaited_generator, generator, generator_expression, coroutine_that_returns_a_generator,
    async_generator, in_a_thread, twice_in_a_thread,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_failure_of_any_handler_is_one_record_with_its_event_and_context(
    kind, stage, context
) -> None:
    with stage.watch() as outcome, pytest.raises(ValueError, match="no stock"):
        kind()(EVENT, context)
    (record,) = outcome.stored
    assert record["event"] == EVENT
    assert record["requestId"] == context.aws_request_id
    assert record["errorType"] == "ValueError"
    assert f"{LIBRARY}/" not in record["stackTrace"]
    assert outcome.lines == []
    assert invocation.current() is None


def test_a_call_that_fits_no_handler_ends_as_it_would_bare(stage) -> None:
    def bare(event, context): ...

    with stage.watch() as outcome:
        with pytest.raises(TypeError) as expected:
            bare()
        with pytest.raises(TypeError) as caught:
            errorlog.record_errors(bare)()
    assert str(caught.value) == str(expected.value)
    assert len(outcome.stored) == 1


def conversation(event, context):
    received = []
    try:
        while True:
            try:
                received.append((yield len(received)))
            except KeyError as error:
                received.append(repr(error))
            if received[-1] == "stop":
                return received
    finally:
        received.append("closed")


def spoken(handler, *words):
    """What a generator answers to being sent words, or thrown exceptions, and how it ends."""
    generator = handler({}, None)
    heard = [next(generator)]
    for word in words:
        try:
            if isinstance(word, BaseException):
                heard.append(generator.throw(word))
            else:
                heard.append(generator.send(word))
        except StopIteration as end:
            return [*heard, end.value]
        except BaseException as error:
            return [*heard, error]
    generator.close()
    return heard


@pytest.mark.parametrize(
    ("words", "failures"),
    [
        (("a", "b", "stop"), 0),
        (("a", KeyError("k"), "b"), 0),  # and closed
        ((KeyError("k"), "stop"), 0),
        ((GeneratorExit(),), 0),
        ((OSError("gone"),), 1),
        (("a", KeyboardInterrupt()), 1),
    ],
)
def test_a_generator_hears_and_says_what_it_would_bare(words, failures, stage) -> None:
    expected = spoken(conversation, *words)
    with stage.watch() as outcome:
        assert spoken(errorlog.record_errors(conversation), *words) == expected
    assert len(outcome.stored) == failures


def test_an_async_generator_hears_and_says_what_it_would_bare(stage) -> None:
    async def bare(event, context):
        received = []
        while True:
            try:
                received.append((yield list(received)))
            except KeyError as error:
                received.append(repr(error))

    async def talk(handler):
        generator = handler({}, None)
        heard = [await generator.asend(None), await generator.asend("a")]
        heard.append(await generator.athrow(KeyError("k")))
        await generator.aclose()
        return heard

    with stage.watch() as outcome:
        assert asyncio.run(talk(errorlog.record_errors(bare))) == asyncio.run(talk(bare))
    assert outcome.stored == []


async def closed_by_the_loop(handler):
    async for _ in handler({}, None):
        break


async def closed_by_the_loop_while_it_is_held(handler):
    generator = handler({}, None)
    await anext(generator)
    await asyncio.sleep(0)
    held.append(generator)


async def closed(handler):
    generator = handler({}, None)
    await anext(generator)
    await generator.aclose()


async def waited_for_too_long(handler):
    generator = handler({}, None)
    await anext(generator)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(generator), 0.01)


async def left_over(handler):
    async def read():
        async for _ in handler({}, None):
            pass

    held.append(asyncio.create_task(read()))
    await asyncio.sleep(0)


held: list[object] = []


@pytest.mark.parametrize(
    "given_up",
    [closed_by_the_loop, closed_by_the_loop_while_it_is_held, closed, waited_for_too_long,
     left_over],
)  # fmt: skip
def test_an_async_generator_that_is_given_up_has_not_failed(given_up, stage, logged) -> None:
    ended = []

    async def handler(event, context):
        try:
            yield 1
            await asyncio.sleep(60)
            yield 2
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    try:
        asyncio.run(given_up(handler))
        bare = list(ended)
        with stage.watch() as outcome:
            asyncio.run(given_up(errorlog.record_errors(handler)))
    finally:
        held.clear()
    assert outcome.stored == []
    assert ended == bare * 2
    assert logged == []  # as of two that close one generator


def test_an_async_generator_that_what_it_waits_for_ends_has_failed(stage) -> None:
    @errorlog.record_errors
    async def handler(event, context):
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        yield await task

    with stage.watch() as outcome, pytest.raises(asyncio.CancelledError):
        asyncio.run(anext(handler({}, None)))
    assert [record["errorType"] for record in outcome.stored] == ["CancelledError"]


def test_a_coroutine_that_is_cancelled_has_failed_where_it_is_the_call(stage) -> None:
    @errorlog.record_errors
    async def part(event, context):
        await asyncio.sleep(60)

    @errorlog.record_errors
    async def whole(event, context):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(part(event, context), 0.01)
        return "without it"

    with stage.watch() as outcome:
        assert asyncio.run(whole({}, Context())) == "without it"
    assert outcome.stored == []
    with stage.watch() as outcome, pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(part({}, Context()), 0.01))
    assert [record["errorType"] for record in outcome.stored] == ["CancelledError"]


def test_a_coroutine_that_is_given_up_has_not_failed(stage) -> None:
    @types.coroutine
    def waiting():
        yield

    @errorlog.record_errors
    async def handler(event, context):
        await waiting()

    with stage.watch() as outcome:
        never_awaited, begun = handler({}, Context()), handler({}, Context())
        begun.send(None)
        never_awaited.close()
        begun.close()
    assert outcome.records == []
    assert invocation.current() is None


def test_a_failure_with_hardly_a_frame_left_is_a_record(stage) -> None:
    """As of what recurses without end: what handles that is deep down as well."""

    def capturing(event, context):
        errorlog.capture_exception(ValueError("no stock"))
        raise ValueError("no stock")

    limit = sys.getrecursionlimit()
    for failing in (plain(), capturing):
        recorded = []
        for spare in (*range(30), 60, 120, 240):
            with stage.watch() as outcome, pytest.raises((ValueError, RecursionError)) as caught:
                _with_frames_left(spare, failing)
            if caught.type is ValueError:
                recorded.append([record["errorMessage"] for record in outcome.stored])
            else:
                assert not recorded  # not even the handler had the frames that it takes
            assert sys.getrecursionlimit() == limit
        assert len(recorded) > 20
        # With a few less, there is none for what makes room.
        assert recorded[5:] == [["no stock"]] * (len(recorded) - 5)


def _with_frames_left(spare: int, handler) -> None:
    """Call ``handler``, whose frame has ``spare`` below it until the limit is reached."""
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1

    def descend(levels):
        return descend(levels - 1) if levels else handler(EVENT, Context())

    descend(sys.getrecursionlimit() - depth - spare - 3)


def test_a_generator_that_waits_is_not_the_current_invocation(stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        yield
        errorlog.capture_exception(KeyError("inside"))
        yield

    generators = [handler({"n": n}, Context(aws_request_id=f"r-{n}")) for n in range(2)]
    with stage.watch() as outcome:
        for _ in range(2):
            for generator in generators:
                next(generator)
                assert invocation.current() is None
    assert [record["requestId"] for record in outcome.stored] == ["r-0", "r-1"]


@pytest.mark.parametrize("threads", [True, False], ids=["threads", "tasks"])
def test_several_calls_at_once_keep_apart(threads, stage) -> None:
    """As on Managed Instances: each call captures while all of them are under way."""
    count = 5
    barrier = threading.Barrier(count)

    @errorlog.record_errors
    def handler(event, context):
        barrier.wait(30)
        errorlog.capture_exception(KeyError("inside"))
        barrier.wait(30)
        raise ValueError("no stock")

    meeting = []

    @errorlog.record_errors
    async def async_handler(event, context):
        meeting.append(event)
        while len(meeting) < count:
            await asyncio.sleep(0)
        errorlog.capture_exception(KeyError("inside"))
        raise ValueError("no stock")

    calls = [({"n": n}, Context(aws_request_id=f"r-{n}")) for n in range(count)]

    async def all_of_them():
        tasks = [async_handler(*call) for call in calls]
        return await asyncio.gather(*tasks, return_exceptions=True)

    with stage.watch() as outcome:
        if threads:
            with ThreadPoolExecutor(count) as pool:
                for ended in [pool.submit(handler, *call) for call in calls]:
                    assert isinstance(ended.exception(), ValueError)
        else:
            asyncio.run(all_of_them())
    expected = {(f"r-{n}", n, kind) for n in range(count) for kind in ("KeyError", "ValueError")}
    assert {
        (record["requestId"], record["event"]["n"], record["errorType"])
        for record in outcome.stored
    } == expected
    assert len(outcome.stored) == 2 * count


def test_calls_in_copies_of_one_context_keep_apart(stage) -> None:
    """As ``asyncio.to_thread`` makes them; a copy that a call makes belongs to that call."""
    count = 4
    barrier = threading.Barrier(count)

    @errorlog.record_errors
    def handler(event, context):
        barrier.wait(30)
        with ThreadPoolExecutor(1) as pool:
            part = copy_context()
            pool.submit(part.run, errorlog.capture_exception, KeyError("inside")).result()
            nested_calls = [pool.submit(part.run, nested, event, context) for _ in range(2)]
        assert [type(call.exception()) for call in nested_calls] == [LookupError] * 2
        errorlog.capture_exception(KeyError("after"))
        barrier.wait(30)

    @errorlog.record_errors
    def nested(event, context):
        assert invocation.current().outer.event == event
        raise LookupError("nested")

    errorlog.record_errors(lambda event, context: None)({}, None)
    # From here on, this context has a scope, and each copy of it.
    with stage.watch() as outcome, ThreadPoolExecutor(count) as pool:
        calls = [
            pool.submit(copy_context().run, handler, {"n": n}, Context(aws_request_id=f"r-{n}"))
            for n in range(count)
        ]
        for call in calls:
            call.result()
    assert invocation.current() is None
    told = Counter(
        (record["requestId"], record["event"]["n"], record["errorMessage"])
        for record in outcome.stored
    )
    messages = {"'inside'": 1, "'after'": 1, "nested": 2}
    assert told == {
        (f"r-{n}", n, message): times for n in range(count) for message, times in messages.items()
    }


def test_a_coroutine_that_another_thread_went_on_with_leaves_nothing_behind(stage) -> None:
    """As of an event loop that runs in one thread, and then in another one."""

    @errorlog.record_errors
    def nested(event, context):
        errorlog.capture_exception(KeyError("nested"))

    @errorlog.record_errors
    async def handler(event, context):
        await asyncio.sleep(0)
        nested(event, context)
        await asyncio.sleep(0)

    part = copy_context()
    running = handler(EVENT, Context(aws_request_id="r-1"))
    with stage.watch() as outcome, ThreadPoolExecutor(1) as pool:
        part.run(running.send, None)
        pool.submit(part.run, running.send, None).result()
        with pytest.raises(StopIteration):
            part.run(running.send, None)
        assert part.run(invocation.current) is None
    assert [record["requestId"] for record in outcome.stored] == ["r-1"]


def test_the_whole_of_a_generator_is_the_cold_start(stage, monkeypatch) -> None:
    monkeypatch.setattr(invocation, "_warm", False)

    @errorlog.record_errors
    def handler(event, context):
        yield
        raise ValueError("no stock")

    with stage.watch() as outcome, pytest.raises(ValueError, match="no stock"):
        list(handler({}, Context()))
    assert [record["coldStart"] for record in outcome.stored] == [True]


def test_a_thread_of_the_only_call_knows_it_and_of_several_guesses_none(stage) -> None:
    def captured():
        thread = threading.Thread(target=errorlog.capture_exception, args=(KeyError("inside"),))
        thread.start()
        thread.join()

    @errorlog.record_errors
    def alone(event, context):
        captured()

    @errorlog.record_errors
    def one_of_two(event, context):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(alone, {}, Context(aws_request_id="r-2")).result()

    with stage.watch() as outcome:
        alone({}, Context(aws_request_id="r-1"))
        one_of_two({}, Context(aws_request_id="r-3"))
    assert [record.get("requestId") for record in outcome.stored] == ["r-1", None]


SQS_ITEM = {"messageId": "m-1", "body": "bad", "attributes": {}}
STREAM_ITEM = {"dynamodb": {"SequenceNumber": "495", "Keys": {}}}


class Message(BaseModel):
    messageId: str
    body: str


class Aliased(BaseModel):
    message_id: str = Field(alias="messageId")
    body: str


def item_function(item):
    raise KeyError("sku")


class Items:
    @errorlog.record_item_errors
    def method(self, item):
        raise KeyError("sku")

    @errorlog.record_item_errors
    @staticmethod
    def static(item):
        raise KeyError("sku")

    @classmethod
    @errorlog.record_item_errors
    def of_class(cls, item):
        raise KeyError("sku")

    @errorlog.record_item_errors
    async def coroutine(self, item):
        raise KeyError("sku")

    @errorlog.record_item_errors
    def generator(self, item):
        yield 1
        raise KeyError("sku")


@pytest.mark.parametrize(
    "handle",
    [
        lambda item: errorlog.record_item_errors(item_function)(item),
        lambda item: errorlog.record_item_errors(item_function)(item=item),
        lambda item: errorlog.record_item_errors(lambda lambda_context, record: {}[1])(
            lambda_context=Context(), record=item
        ),
        lambda item: Items().method(item),
        lambda item: Items().method(item=item),
        lambda item: Items.static(item),
        lambda item: Items.of_class(item),
        lambda item: asyncio.run(Items().coroutine(item)),
        lambda item: list(Items().generator(item)),
    ],
)
@pytest.mark.parametrize(
    ("item", "item_id"),
    [
        (SQS_ITEM, "m-1"),
        (STREAM_ITEM, "495"),
        (SQSRecord(SQS_ITEM), "m-1"),
        (DynamoDBRecord(STREAM_ITEM), "495"),
        (Message(**SQS_ITEM), "m-1"),
        (Aliased(**SQS_ITEM), "m-1"),
    ],
    ids=["sqs", "stream", "data class", "stream data class", "model", "aliases"],
)
def test_an_item_keeps_its_id_and_its_fields_whatever_handles_it(
    handle, item, item_id, stage
) -> None:
    with stage.watch() as outcome, pytest.raises(KeyError):
        handle(item)
    (record,) = outcome.stored
    assert record["itemId"] == item_id
    assert "bad" in str(record["event"]) or record["event"] == STREAM_ITEM


def test_items_that_powertools_handles_as_tasks(stage) -> None:
    @errorlog.record_item_errors
    async def one(record):
        if record.body == "bad":
            raise ValueError("cannot read")

    @errorlog.record_errors
    def handler(event, context):
        processor = AsyncBatchProcessor(event_type=EventType.SQS)
        return async_process_partial_response(event, one, processor, context)

    good = {**SQS_ITEM, "messageId": "m-2", "body": "fine"}
    with stage.watch() as outcome:
        answer = handler({"Records": [SQS_ITEM, good]}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    (record,) = outcome.stored
    assert (record["itemId"], record["requestId"]) == ("m-1", Context().aws_request_id)
    assert record["errorType"] == "ValueError"


def test_an_item_stays_out_of_the_record_where_the_event_does(stage) -> None:
    @errorlog.record_item_errors
    def one(item):
        raise KeyError("sku")

    @errorlog.record_errors(record_event=False)
    def handler(event, context):
        one(event["Records"][0])

    with stage.watch() as outcome, pytest.raises(KeyError):
        handler({"Records": [SQS_ITEM]}, Context())
    (record,) = outcome.stored
    assert "event" not in record
    assert record["itemId"] == "m-1"


def test_a_duration_is_the_time_since_the_call_began(stage, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr("errorlog.invocation.time.perf_counter", lambda: now[0])

    @errorlog.record_errors
    def handler(event, context):
        now[0] += 1.2345678
        raise ValueError("x")

    with stage.watch() as outcome, pytest.raises(ValueError, match="x"):
        handler({}, Context())
    (record,) = outcome.stored
    assert record["durationMs"] == 1234.568


def test_the_tenant_is_named_where_lambda_gives_one(stage) -> None:
    context = Context()
    context.tenant_id = "blue"
    with stage.watch() as outcome:
        for given in (context, Context()):
            with pytest.raises(ValueError, match="no stock"):
                plain()(EVENT, given)
    assert [record.get("tenantId") for record in outcome.stored] == ["blue", None]


def test_a_context_of_another_runtime_tells_what_it_has(stage) -> None:
    class Other:
        tenant_id, log_stream_name, memory_limit_in_mb = 17, None, "512"

    with stage.watch() as outcome, pytest.raises(ValueError, match="no stock"):
        plain()(EVENT, Other())
    (record,) = outcome.stored
    assert (record["tenantId"], record["memoryMb"]) == ("17", 512)
    assert "logStream" not in record


def test_what_another_answer_raises_when_it_is_used_is_not_the_handlers(stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        return map(int, ["1", "no stock"])

    with stage.watch() as outcome, pytest.raises(ValueError, match="no stock"):
        list(handler(EVENT, Context()))
    assert outcome.records == []
