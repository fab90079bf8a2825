"""The variables by which tools find an account of AWS."""

import os

import pytest


def forget_account(patch: pytest.MonkeyPatch) -> None:
    """Take away every variable of AWS's while ``patch`` holds, whatever the machine has."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
