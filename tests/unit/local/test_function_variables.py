"""A function's variables are texts, whatever its template has there."""

import pytest

from tocsin.local.emulator.lambda_functions import variables_of


@pytest.mark.parametrize(
    ("written", "text"),
    [("dev", "dev"), ("", ""), (False, "false"), (True, "true"), (30, "30"), (1.5, "1.5")],
)
def test_each_is_the_text_that_cloudformation_makes_of_it(written, text) -> None:
    assert variables_of({"Environment": {"Variables": {"X": written}}}) == {"X": text}


@pytest.mark.parametrize("config", [{}, {"Environment": None}, {"Environment": {}}])
def test_a_function_may_have_none(config) -> None:
    assert variables_of(config) == {}
