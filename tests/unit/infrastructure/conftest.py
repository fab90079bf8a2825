"""The compiled template, and short ways to what is in it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import SHARED

Template = dict[str, Any]
Compiled = Callable[[str], Template]


@pytest.fixture(scope="session")
def dev(compiled: Compiled) -> Template:
    return compiled("dev")


@pytest.fixture(scope="session")
def prod(compiled: Compiled) -> Template:
    return compiled("prod")


@pytest.fixture(scope="session")
def shared(compiled: Compiled) -> Template:
    """Of a stage with `roles: shared`."""
    return compiled(SHARED)


@pytest.fixture(scope="session")
def of_type() -> Callable[[Template, str], dict[str, dict[str, Any]]]:
    """``of_type(template, "AWS::SNS::Topic")``: logical id -> resource."""

    def select(template: Template, kind: str) -> dict[str, dict[str, Any]]:
        return {
            name: resource
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    return select
