"""A deployed stage, named by ``TOCSIN_STAGE``: `invoke test-integration --stage S` sets it."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tocsin import config
from tocsin.aws import account
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.drill import DrillClock, LocalClock, WallClock

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Deployed:
    """What the tests talk to; nothing of it is mocked."""

    stage: Stage
    account: Account
    outputs: dict[str, str]
    clock: DrillClock


@pytest.fixture(scope="session")
def deployed() -> Deployed:
    name = os.environ.get("TOCSIN_STAGE")
    if not name:
        pytest.skip("no stage: run `invoke test-integration --stage S` after a deploy")
    stage = config.load(ROOT, name)
    target = account.of(ROOT, stage)
    clock = LocalClock(target.local) if target.local else WallClock()
    return Deployed(stage, target, account.outputs(target, stage), clock)
