"""A monitoring.yml that is good, and what is wrong with one that is not."""

from pathlib import Path

import pytest

from tocsin import config
from tocsin.config import ConfigError
from tocsin.config.load import dotted

HANDLER = "def handler(event, context):\n    return event\n"

GOOD = """
    service: shop
    stages: {dev: {}}
    functions: {a: {}}
"""


def problems_of(root: Path, stage: str = "dev") -> dict[str, tuple[str, str]]:
    """Dotted key path -> (found, accepted) of every problem."""
    with pytest.raises(ConfigError) as raised:
        config.load(root, stage)
    return {
        dotted(problem.path): (problem.found, problem.accepted) for problem in raised.value.problems
    }
