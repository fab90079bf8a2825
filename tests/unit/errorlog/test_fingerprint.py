"""One bug, one fingerprint; two bugs, two."""

import importlib.util
import re
import sys
import uuid

import pytest

from errorlog.fingerprint import fingerprint, message_shape
from errorlog.frames import TopFrame, top_frame
from errorlog.record import build
from errorlog.settings import from_environment
from errorlog.stack_trace import stack_trace


@pytest.fixture
def raised_in(tmp_path, monkeypatch):
    """``raised_in(source)``: what ``run()`` of a module of that text raises."""
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(source: str, *arguments, folder: str = "deployed") -> BaseException:
        place = tmp_path / f"{folder}-{uuid.uuid4().hex}"
        place.mkdir()
        file = place / "shop.py"
        file.write_text(source)
        spec = importlib.util.spec_from_file_location("shop", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        with pytest.raises(BaseException, match=r"[\s\S]*") as caught:
            module.run(*arguments)
        # The test's own frame is no part of it.
        return caught.value.with_traceback(caught.value.__traceback__.tb_next)

    return run


def of(error: BaseException) -> str:
    return fingerprint(error, str(error), top_frame(error))


SHOP = """
def run(order):
    raise ValueError(f"no stock for {order}")
"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 12", "order 9871"),
        ("order-12", "order-9871"),
        ("ord_01H8XGJWBWBAQ4", "ord_01H8XGJWZZZZZ9"),
        ("3f2b1c9e-8a4d-4c6b-9e1f-0a2b3c4d5e6f", "00000000-8a4d-4c6b-9e1f-000000000000"),
        ("/tmp/a/b.csv", "/var/task/files/other.csv"),
        ("ann@example.com", "bob.b@mail.example.org"),
        ("0x7f3c1a2b", "0xdeadbeef"),
        ("at 2026-11-23T12:00:00.123Z", "at 2024-01-02T00:00:00Z"),
        ("https://a.example.com/x?y=1", "https://b.example.com/"),
        ("'lamp'", "'a very long bulb'"),
        ("12.5 kg", "3 kg"),
        ("10.0.0.1:443", "192.168.0.7:8443"),
    ],
)
def test_data_in_the_message_makes_no_other_bug(raised_in, one, other) -> None:
    assert of(raised_in(SHOP, one)) == of(raised_in(SHOP, other))


@pytest.mark.parametrize(
    "changed",
    [
        "import os\n\n\n" + SHOP,
        "def before():\n    return 1\n\n" + SHOP,
        SHOP.replace("def run(order):", "def run(order):\n    # a remark\n    checked = order"),
        SHOP + "\ndef after():\n    raise KeyError\n",
    ],
)
def test_shifted_lines_make_no_other_bug(raised_in, changed) -> None:
    assert of(raised_in(SHOP, "1")) == of(raised_in(changed, "1", folder="next-release"))


def test_a_library_below_makes_no_other_bug(raised_in) -> None:
    source = "import json\ndef run(text):\n    return json.loads(text)\n"
    assert of(raised_in(source, "{x")) == of(raised_in(source, "{y, 3"))
    frame = top_frame(raised_in(source, "{x"))
    assert (frame.function, frame.words) == ("run", "return json.loads(text)")


TWO_BUGS = {
    "another type": (SHOP, SHOP.replace("ValueError", "TypeError")),
    "another type on the same line": (
        "kind = ValueError\ndef run(order):\n    raise kind('x')\n",
        "kind = RuntimeError\ndef run(order):\n    raise kind('x')\n",
    ),
    "the same in another file": (SHOP, f"__name__ = 'prices'\n{SHOP}"),
    "another message": (SHOP, SHOP.replace("no stock", "no price")),
    "another function": (SHOP, SHOP.replace("run(order)", "other(order)") + "run = other\n"),
    "another key on the same line": (
        "def run(order):\n    return {'b': 1}['a'], {'a': 1}['b']\n",
        "def run(order):\n    return {'b': 1}['b'], {'b': 1}['c']\n",
    ),
    "another attribute": (
        "def run(order):\n    order.price\n",
        "def run(order):\n    order.weight\n",
    ),
    "another name": ("def run(order):\n    prices\n", "def run(order):\n    weights\n"),
    "another module": (
        "def run(order):\n    import nosuch\n",
        "def run(order):\n    import other_\n",
    ),
    "another line of the same function": (
        "def run(order):\n    a = order[5]\n    b = order[6]\n",
        "def run(order):\n    b = order[6]\n    a = order[5]\n",
    ),
    "another cause": (
        "def run(order):\n    try:\n        1 / 0\n    except Exception as e:\n"
        "        raise ValueError('x') from e\n",
        "def run(order):\n    try:\n        [][0]\n    except Exception as e:\n"
        "        raise ValueError('x') from e\n",
    ),
    "other members of a group": (
        "def run(order):\n    raise ExceptionGroup('g', [ValueError()])\n",
        "def run(order):\n    raise ExceptionGroup('g', [KeyError()])\n",
    ),
}


@pytest.mark.parametrize("what", sorted(TWO_BUGS))
def test_two_bugs_are_two(raised_in, what) -> None:
    one, other = TWO_BUGS[what]
    assert of(raised_in(one, "")) != of(raised_in(other, ""))


def test_the_order_of_a_groups_members_does_not_matter() -> None:
    errors = [ValueError("a"), KeyError("b")]
    groups = [ExceptionGroup("g", errors), ExceptionGroup("g", errors[::-1])]
    assert len({fingerprint(group, "g", None) for group in groups}) == 1


def test_the_version_leads() -> None:
    assert re.fullmatch(r"v1:[0-9a-f]{16}", fingerprint(ValueError(), "", None))


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        (
            "no stock for order-12 of ann@example.com in /tmp/a/b",
            "no stock for <id> of <email> in <path>",
        ),
        ("0x7f3c1a2b at 0xdeadbeef", "<hex> at <hex>"),
        ("3f2b1c9e-8a4d-4c6b-9e1f-0a2b3c4d5e6f is gone", "<id> is gone"),
        ("abcdefab-abcd-abcd-abcd-abcdefabcdef is gone", "<id> is gone"),
        ("https://a.example.com/x?y=1 is down", "<url> is down"),
        ("C:\\a\\b.csv at 2026-11-23T12:00:00.123Z", "<path> at <time>"),
        ("cannot read 'lamp' or \"a b\"", "cannot read <text> or <text>"),
        ("12.5 kg of [redacted]", "<id> kg of <id>"),
        ("request:req_01H8X/7 failed", "<id> failed"),
        ("no stock", "no stock"),
    ],
)
def test_a_shape_has_the_words_and_says_what_the_data_were(message, shape) -> None:
    """Of version 1: another shape is another bug, and asks for another version."""
    assert message_shape(ValueError(), message) == shape


def test_a_fingerprint_is_the_same_in_the_next_release() -> None:
    frame = TopFrame("shop", "shop.py", "run", 12, "raise ValueError( f'no {order}' )")
    error = ValueError("no stock for 12")
    error.__cause__ = KeyError("a")
    assert fingerprint(error, str(error), frame) == "v1:6fd0615a04e0f4c5"


def test_what_earlier_rules_called_it_is_in_the_record(monkeypatch) -> None:
    rules = (lambda error, message, frame: f"v0:{message}", lambda *_: "v00:x")
    monkeypatch.setattr("errorlog.fingerprint.FORMER", rules)
    monkeypatch.setattr("errorlog.record.FORMER", rules)
    record = build(ValueError("no stock"), None, from_environment())
    assert record["formerFingerprints"] == ["v0:no stock", "v00:x"]


def test_a_vendored_package_is_not_the_teams_code(raised_in, tmp_path) -> None:
    (tmp_path / "vendored.py").write_text("def call():\n    raise OSError('down')\n")
    info = tmp_path / "vendored-1.0.dist-info"
    info.mkdir()
    (info / "RECORD").write_text("vendored.py,sha256=x,1\nvendored-1.0.dist-info/RECORD,,\n")
    error = raised_in("import vendored\ndef run():\n    vendored.call()\n")
    sys.modules.pop("vendored")
    assert top_frame(error).function == "run"


def test_a_stack_trace_holds_causes_contexts_and_groups(raised_in) -> None:
    source = """
def run():
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            raise KeyError("context")
    except KeyError as error:
        raise ExceptionGroup("both", [ValueError("member")]) from error
"""
    stack = stack_trace(raised_in(source))
    for part in ("ZeroDivisionError", "During handling", "KeyError: 'context'", "direct cause",
                 "both (1 sub-exception)", "ValueError: member"):  # fmt: skip
        assert part in stack


def test_an_endless_recursion_has_a_short_stack_trace(raised_in) -> None:
    assert len(stack_trace(raised_in("def run():\n    run()\n"))) < 2_000


def test_without_frames_there_is_no_top_frame() -> None:
    assert top_frame(ValueError()) is None
