"""What an encoded text says, and which bytes are no text."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errorlog.encodings import base64_decoded, bytes_decoded, json_of
from tests.conftest import examples

LAST = "much longer \N{GRINNING FACE}".encode()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("grün".encode(), "grün"),
        ("a \N{REPLACEMENT CHARACTER} b".encode(), "a \N{REPLACEMENT CHARACTER} b"),
        (LAST[:-1], "much longer "),  # the last character is cut
        (LAST[:-3], "much longer "),
        (b"plain text" + b"\xff" * 3, "plain text"),
        (b"plain text" + b"\xff" * 4, None),
        (b"short\xff", None),
        (b"eightch\xff", None),
        (b"ninechar\xff", "ninechar"),
        (b"in the \xff middle of it", None),
        ("\N{REPLACEMENT CHARACTER} and \xff".encode("latin-1", "ignore") + b"\xff of it", None),
        (b"\x00\x01\x02\x03bytes", None),
        (b"a tab\tand a line\n", "a tab\tand a line\n"),
        (b"", ""),
    ],
)
def test_bytes_are_a_text_or_none(data, text) -> None:
    assert bytes_decoded(data) == text


def _spelled_out(data: bytes) -> str | None:
    """The same by an exception of the decoder's."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if len(data) < 9 or error.start < len(data) - 3:
            return None
        return data[: error.start].decode()


@settings(max_examples=examples(5_000, 200))
@given(
    st.lists(
        st.text("a é€😀\N{REPLACEMENT CHARACTER}", max_size=6).map(str.encode)
        | st.binary(max_size=3),
        max_size=6,
    ).map(b"".join)
)
def test_a_fault_is_at_the_end_or_it_is_no_text(data) -> None:
    found = _spelled_out(data)
    if not data.startswith((b"\x1f\x8b", b"\x78")) and (found is None or found.isprintable()):
        assert bytes_decoded(data) == found


@pytest.mark.parametrize("around", ["{}", " {}", "{} ", "\n{}\n", "{}=="])
def test_base64_is_read_with_what_is_around_it(around) -> None:
    packed = base64.b64encode(b"twelve bytes").decode()
    decoded = base64_decoded(around.format(packed))
    assert decoded == (None if around.startswith((" ",)) else "twelve bytes")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}), ('{"a": 1} ', {"a": 1}), (' {"a": 1}', {"a": 1}), ("[]", []),
        ("\n[1]\n", [1]), ('{"a": 1}x', None), ("[1", None), ("{", None), ("1", None), ("", None),
        ("[" * 100_000, None),
    ],
)  # fmt: skip
def test_json_is_a_list_or_a_dict_with_blanks_around_it(text, found) -> None:
    assert json_of(text) == found
