"""Events, contexts and exceptions that do harm, even on purpose: one record each, nothing else.

``TOCSIN_DEEP=1`` runs 10,000 of them. Those that once failed are in ``SEEDS``.
"""

import base64
import collections
import dataclasses
import enum
import json
import random
from decimal import Decimal
from typing import Any

import pydantic
import pytest

import errorlog
from errorlog.bounds import MAX_ITEM_BYTES, MAX_LINE_BYTES, item_size, line_size
from tests.conftest import DEEP, slow
from tests.unit.errorlog.planted_secrets import PLANTED
from tests.unit.errorlog.surroundings import Context, Stage, Store

CASES = 10_000 if DEEP else 120
# Cases that failed while this was built, by what was wrong.
SEEDS = {
    "the class of an error exits": 429,
    "the class of an error exits, in the handler": 1993,
    "the class of an error exits, in an item": 2203,
    "a fingerprint of a hostile class": 1256,
    "a word of a list is asked for its class": 5859,
}

ENDINGS = [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError, StopIteration,
           RuntimeError, type("Own", (BaseException,), {})]  # fmt: skip


class HostileType(type):
    """A metaclass that raises whatever is asked of its classes."""

    ending: type[BaseException] = SystemExit

    def __instancecheck__(cls, instance):
        raise cls.ending

    def __subclasscheck__(cls, subclass):
        raise cls.ending

    @property
    def __name__(cls):
        raise cls.ending

    @property
    def __module__(cls):
        raise cls.ending

    def __getattr__(cls, name):
        raise cls.ending


class HostileClass(type):
    """A metaclass that raises what is asked of its classes in the usual way."""

    ending: type[BaseException] = SystemExit

    def __getattribute__(cls, name):
        if name in ("__mro__", "__name__", "__qualname__", "__module__"):
            raise type.__getattribute__(cls, "ending")
        return super().__getattribute__(name)


METHODS = [
    "__str__", "__repr__", "__len__", "__iter__", "__getitem__", "__hash__", "__eq__", "__bool__",
    "__int__", "__index__", "__float__", "__bytes__", "__format__", "__class__", "__dict__",
    "__getattr__", "items", "keys", "values", "get", "decode", "encode", "startswith", "_fields",
    "__dataclass_fields__", "__attrs_attrs__", "__fields__", "is_integer", "bit_length",
]  # fmt: skip


def hostile_class(random_: random.Random, bases: tuple[type, ...] = ()) -> type:
    """A class some of whose methods raise, exit, or answer nonsense."""
    ending = random_.choice(ENDINGS)

    def raising(self, *args, **kwargs):
        raise ending

    def nonsense(self, *args, **kwargs):
        return random_.choice([None, -1, 10**9, "x" * 1_000, self, float("nan"), b"\xff"])

    body: dict[str, Any] = {}
    for name in random_.sample(METHODS, random_.randint(1, 6)):
        method = random_.choice([raising, raising, nonsense])
        body[name] = property(method) if random_.random() < 0.3 else method
    try:
        return type("Hostile", bases, body)
    except TypeError:  # the base has a layout of its own
        return type("Hostile", (), body)


@dataclasses.dataclass
class Item:
    name: Any
    password: Any


class Model(pydantic.BaseModel):
    name: Any = None
    token: Any = None


class Colour(enum.Enum):
    RED = "red"


def value(random_: random.Random, depth: int = 0) -> Any:
    kinds = [
        lambda: None,
        lambda: random_.random() < 0.5,
        lambda: random_.choice([0, -1, 10**400, 10**37, -(10**38), 4711, 2**63]),
        lambda: random_.choice([0.0, -0.0, float("nan"), float("inf"), 1e300, 5e-324, 1.1]),
        lambda: random_.choice([Decimal("NaN"), Decimal("sNaN"), Decimal("1e-999999"),
                                Decimal("9" * 5_000)]),
        lambda: text(random_),
        lambda: text(random_).encode("utf-8", "surrogatepass"),
        lambda: bytes(random_.randrange(256) for _ in range(random_.randint(0, 60))),
        lambda: bytearray(b"password=x"),
        lambda: memoryview(b"token=abcdef"),
        lambda: Colour.RED,
        lambda: object(),
        lambda: make(hostile_class(random_)),
        lambda: make(hostile_class(random_, (dict,))),
        lambda: make(hostile_class(random_, (list,))),
        lambda: make(hostile_class(random_, (str,))),
        lambda: make(hostile_class(random_, (int,))),
        lambda: make(hostile_class(random_, (tuple,))),
        lambda: make(hostile_class(random_, (collections.abc.Mapping,))),
        lambda: HostileType("Meta", (), {})(),
        lambda: HostileType("Meta", (), {}),
        lambda: cycle(random_),
        lambda: random_.choice(list(PLANTED.values()))[0],
        lambda: json.dumps(random_.choice(list(PLANTED.values()))[0], default=str),
        lambda: base64.b64encode(text(random_).encode("utf-8", "surrogatepass")).decode(),
    ]  # fmt: skip
    if depth < 5:
        kinds += 3 * [
            lambda: [value(random_, depth + 1) for _ in range(random_.randint(0, 5))],
            lambda: tuple(value(random_, depth + 1) for _ in range(random_.randint(0, 3))),
            lambda: {key(random_): value(random_, depth + 1) for _ in range(random_.randint(0, 5))},
            lambda: Item(value(random_, depth + 1), value(random_, depth + 1)),
            lambda: Model(name=value(random_, 5), token=value(random_, 5)),
            lambda: collections.deque([value(random_, depth + 1)]),
        ]
    return random_.choice(kinds)()


def make(kind: type) -> Any:
    try:
        return kind()
    except BaseException:
        return object()


def cycle(random_: random.Random) -> Any:
    held: list[Any] = [text(random_)]
    held.append({"again": held, "password": held})
    return held


PIECES = [
    "eyJ", "-", ".", "password", "=", ":", " ", "'", '"', "\\", "{", "}", "[", "]", "<", ">",
    "token", "://", "@", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "%41",
    "4111", "a",
    "A1",
    "\ud800", "\x00", "\n", "\U0001f600", "é", "...", "Bearer ", "name=", "<![CDATA[", "[redacted]",
    "[cut 1 of 2 characters]", ",", "&", ";", "|\n  ", "--", "cookie:", "AKIA", "arn:",
]  # fmt: skip


def text(random_: random.Random) -> str:
    pieces = random_.choices(PIECES, k=random_.randint(0, 6))
    return "".join(pieces) * random_.choice(
        [1, 1, 1, 3, 50, 2_000 if random_.random() < 0.1 else 2]
    )


def key(random_: random.Random) -> Any:
    return random_.choice(
        [text(random_)[:200], "password", "token", b"authorization", 7, None, (1, 2), 2.5, True,
         "x" * 3_000, "name", "value", "", frozenset({1}), 10**600]
    )  # fmt: skip


def error(random_: random.Random, depth: int = 0) -> BaseException:
    words = [value(random_, 3) for _ in range(random_.randint(0, 2))]
    kinds = [
        lambda: ValueError(*words),
        lambda: KeyError(*words),
        lambda: SystemExit(*words[:1]),
        lambda: KeyboardInterrupt(*words),
        lambda: RuntimeError(text(random_)),
        lambda: hostile_error(random_),
        lambda: hostile_error(random_),
        lambda: SyntaxError(text(random_), ("f.py", 1, 1, text(random_), 1, 2)),
        lambda: UnicodeDecodeError("utf-8", b"password=\xff", 9, 10, text(random_)),
    ]
    if depth < 3:
        kinds.append(
            lambda: BaseExceptionGroup(
                text(random_)[:100],
                [error(random_, depth + 1) for _ in range(random_.randint(1, 3))],
            )
        )
    made = random_.choice(kinds)()
    if random_.random() < 0.3 and depth < 3:
        made.__cause__ = error(random_, depth + 1)
    if random_.random() < 0.2:
        made.__notes__ = random_.choice([None, 3, [value(random_, 4)], text(random_), object()])
    return made


def failure_of(random_: random.Random) -> BaseException:
    try:
        return error(random_)
    except BaseException:  # a group looks at its members, which may exit
        return ValueError(text(random_))


def hostile_error(random_: random.Random) -> BaseException:
    base = random_.choice([Exception, ValueError, SystemExit, BaseException, AttributeError])
    kind = hostile_class(random_, (base,))
    try:
        made = kind(text(random_))
    except BaseException:
        return base("plain")
    return made if issubclass(type.__getattribute__(kind, "__mro__")[0], BaseException) else base()


def context(random_: random.Random) -> Any:
    return random_.choice([None, object(), Context(), Context(), value(random_, 4),
                           HostileType("Meta", (), {})()])  # fmt: skip


def run(seed: int) -> None:
    random_ = random.Random(seed)
    raised, event = failure_of(random_), value(random_)
    stage = Stage(Store(faults=[_down] * random_.choice([0, 0, 3])))
    way = random_.choice(["handler", "handler", "no event", "item", "captured"])
    around = context(random_)

    def handler(event, context):
        if way == "captured":
            errorlog.capture_exception(raised, detail=event)
        else:
            raise raised

    caught: BaseException | None = None
    with stage.watch() as outcome:
        try:
            if way == "item":
                errorlog.record_item_errors(handler)(event, around)
            else:
                errorlog.record_errors(handler, record_event=way != "no event")(event, around)
        except BaseException as ended:
            caught = ended
    recorded = way != "item" or issubclass(type(raised), Exception)
    assert caught is (None if way == "captured" else raised)
    assert len(outcome.records) == recorded, (way, outcome.lines)
    for record in outcome.records:
        assert record["errorId"]
        assert record["fingerprint"].startswith("v1:")
        assert line_size(record) <= MAX_LINE_BYTES
        assert item_size(record) <= MAX_ITEM_BYTES
    for line in outcome.lines:
        assert "RecordNotBuilt" not in str(line.get("reason"))
        assert len(json.dumps(line)) <= MAX_LINE_BYTES


def _down():
    raise RuntimeError("down: password=hunter2")


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS.keys())
def test_what_once_failed(seed) -> None:
    run(seed)


@slow
def test_any_hostile_event_and_exception_is_one_record() -> None:
    for seed in range(CASES):
        try:
            run(seed)
        except AssertionError as failure:
            raise AssertionError(f"seed {seed}: {failure}") from failure


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_an_exit_out_of_the_errors_own_class_still_gives_a_record(ending, stage) -> None:
    failure = HostileClass("Failure", (Exception,), {"ending": ending})("plain")

    @errorlog.record_errors
    def handler(event, context):
        raise failure

    with stage.watch() as outcome:
        try:
            handler({}, Context())
        except BaseException as raised:  # pytest.raises asks its class for a name
            caught = raised
    assert caught is failure
    assert [record["errorType"] for record in outcome.records] == ["Failure"]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
@pytest.mark.parametrize("where", ["message", "event", "context", "metaclass", "note", "item"])
def test_an_exit_out_of_a_method_still_gives_a_record(where, ending, stage) -> None:
    def exiting(*args):
        raise ending

    names = ("__str__", "__repr__", "__getattr__", "__iter__", "__len__", "items")
    kind = type("Exiting", (), dict.fromkeys(names, exiting))
    failure: BaseException = ValueError("plain")
    if where == "message":
        failure = type("Mute", (Exception,), {"__str__": exiting, "__repr__": exiting})("x")
    elif where == "note":
        failure.__notes__ = [kind()]
    hostile = HostileType("Meta", (), {"ending": ending})() if where == "metaclass" else kind()

    @errorlog.record_errors
    def handler(event, context):
        raise failure

    @errorlog.record_item_errors
    def item_handler(item):
        raise failure

    event = {"a": hostile, "orderId": "o-1"}
    with stage.watch() as outcome, pytest.raises(type(failure)) as caught:
        item_handler(hostile) if where == "item" else handler(
            event, hostile if where == "context" else Context()
        )
    assert caught.value is failure
    (record,) = outcome.records
    assert record["errorType"] == type(failure).__name__
    if where != "item":
        assert record["event"]["orderId"] == "o-1"


@pytest.mark.parametrize("ending", [SystemExit(3), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_what_the_handler_itself_ends_with_is_the_same_object(ending, stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        raise ending

    with stage.watch() as outcome, pytest.raises(type(ending)) as caught:
        handler({}, Context())
    assert caught.value is ending
    assert len(outcome.records) == 1
