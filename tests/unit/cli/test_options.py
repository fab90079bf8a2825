"""Options as typed."""

import re
from pathlib import Path

import pytest

from tocsin.aws.operator_policies import ROLES
from tocsin.cli.options import account, amount, count, output_file, percent, port, seconds
from tocsin.cli.tasks import make, namespace
from tocsin.exceptions import InputError


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("5m", 300), ("1h", 3_600), ("2d", 172_800), (" 1m ", 60)]
)
def test_a_number_and_a_unit(text: str, expected: int) -> None:
    assert seconds(text, "--advance") == expected


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "1.5h", "5w", "0m", "5m30s"])
def test_anything_else_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--advance: found .*; accepted: a duration such as"):
        seconds(text, "--advance")


@pytest.mark.parametrize("text", ["8d", "30d", "169h", f"{10**40}d"])
def test_more_than_is_offered_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError, match=r"--advance: found .*; accepted: at most 7d at once"):
        seconds(text, "--advance", most=7 * 86_400)
    assert seconds("7d", "--advance", most=7 * 86_400) == 7 * 86_400


def test_a_count() -> None:
    assert count("20", "--limit") == 20


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "abc", "1e3"])
def test_no_count_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--limit: found .*; accepted: a whole number"):
        count(text, "--limit")


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("1024", 1024), (" 65535 ", 65_535)])
def test_a_port(text: str, expected: int) -> None:
    assert port(text, "--port") == expected


@pytest.mark.parametrize("text", ["80", "1023", "65536", "99999", "80x", "-4599", "4599.0", "९९९९"])
def test_no_port_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--port: found .*; accepted: a port from 1024 to 65535"):
        port(text, "--port")


@pytest.mark.parametrize("text", ["123456789012", "*", ""])
def test_an_account(text: str) -> None:
    assert account(text, "--account") == text


@pytest.mark.parametrize("text", ["12", "1234567890123", "arn:aws", "١٢٣٤٥٦٧٨٩٠١٢", "**"])
def test_no_account_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--account: found .*; accepted: the 12 digits"):
        account(text, "--account")


def test_the_roles_that_help_names_are_those_there_are() -> None:
    # In the text: of a task, invoke takes its help away once it has been asked for.
    (said,) = re.findall(r'role="([^"]*)"', Path(make.__file__).read_text(encoding="utf-8"))
    assert sorted(said.replace(" or ", ", ").split(", ")) == sorted(ROLES)


def test_a_file_that_cannot_be_written_is_refused_before_the_work(tmp_path) -> None:
    (tmp_path / "a file").write_text("")
    for good in (tmp_path / "new.html", tmp_path / "a file"):
        assert output_file(str(good), "--html") == good
    for bad in (tmp_path, tmp_path / "nowhere" / "x.html", tmp_path / "a file" / "x.html"):
        with pytest.raises(InputError, match=r"--html: found .*; accepted: a file in a folder"):
            output_file(str(bad), "--html")


def test_every_option_is_taken_as_texts_or_as_a_flag() -> None:
    """Into another type invoke turns it itself, and ends in a traceback where it cannot."""
    others = {
        (context.name, argument.name): argument.kind
        for context in namespace().to_contexts()
        for argument in context.args.values()
        if argument.kind not in (str, bool, list)
    }
    assert others == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1m", 1e6), ("2.5k", 2_500), ("1_000_000", 1e6), ("1b", 1e9), ("0", 0), ("1M", 1e6)],
)
def test_an_amount(text: str, expected: float) -> None:
    assert amount(text, "--invocations") == expected


@pytest.mark.parametrize("text", ["", "m", "-1", "1x", "1 m", "1e6", "many"])
def test_no_amount_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--invocations: found .*; accepted: a number such as"):
        amount(text, "--invocations")


@pytest.mark.parametrize(("text", "expected"), [("0.5%", 0.005), ("100 %", 1), ("0%", 0)])
def test_a_percentage(text: str, expected: float) -> None:
    assert percent(text, "--error-rate") == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "5", "-1%", "101%", "half"])
def test_no_percentage_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--error-rate: found .*; accepted: a percentage"):
        percent(text, "--error-rate")
