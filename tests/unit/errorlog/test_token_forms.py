"""Every text that has the form of a token is looked through for that form."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errorlog import token_forms
from tests.conftest import examples, slow

FORMS = [expression for _, _, expression in token_forms._FORMS]


@slow
@pytest.mark.parametrize("expression", FORMS)
@settings(max_examples=examples(300, fast=3))
@given(data=st.data())
def test_a_form_is_tried_where_a_text_has_it(expression, data) -> None:
    text = data.draw(st.from_regex(expression))
    looked_for = [found.pattern for found in token_forms.in_text(text)]
    assert expression in looked_for, re.search(expression, text)
