"""Failures as some fifty libraries and programs print them, ``{}`` in place of a secret."""

import json
from pathlib import Path

_TEXTS = json.loads(Path(__file__).with_suffix(".json").read_text())
TOLD: dict[str, str] = _TEXTS["with any secret"]
# Where a word of the language might as well be no secret.
TOLD_IF_MADE: dict[str, str] = _TEXTS["with one that looks made"]
HARMLESS: list[str] = _TEXTS["harmless"]
