"""A long way is gone in parts, each waited for, and adds up to what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.local import LocalStage, LocalStageError, RootKey, advance, clock

STAGE = LocalStage(1, 0, "", "", RootKey.new())
DAY = 24 * 3600


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each request; every one finds a change, at the time it leads to."""
    seen: list[float] = []

    def call(stage: LocalStage, path: str, request: dict[str, Any], **options: Any) -> Any:
        assert (stage, path) == (STAGE, "clock/advance")
        assert options["timeout"] is None, "an advance takes as long as it takes"
        seen.append(request["seconds"])
        if not 0 <= request["seconds"] <= 7 * DAY:
            raise LocalStageError("accepted: some seconds")
        changed = {"alarm": "a", "old": "OK", "new": "ALARM", "at": sum(seen), "reason": "why"}
        return {"now": sum(seen), "offset": sum(seen), "changed": [changed]}

    monkeypatch.setattr(clock, "call", call)
    return seen


@pytest.mark.parametrize("seconds", [0, 1, 60.5, 600, 601, 3600, DAY, 5 * DAY + 7, 7 * DAY])
def test_it_adds_up_and_nothing_is_lost(asked: list[float], seconds: float) -> None:
    progress: list[tuple[int, int]] = []
    reading = advance(STAGE, seconds, lambda done, of: progress.append((done, of)))
    assert sum(asked) == pytest.approx(seconds)
    assert reading.offset == sum(asked)
    assert [change.at.timestamp() for change in reading.changed] == [
        pytest.approx(sum(asked[: part + 1])) for part in range(len(asked))
    ]
    assert len(asked) <= 20
    if seconds <= 600:
        assert (len(asked), progress) == (1, [])
    else:
        assert progress[-1] == (round(seconds), round(seconds))
        assert progress == sorted(set(progress))


@pytest.mark.parametrize("seconds", [-1, 8 * DAY, float("nan"), float("inf")])
def test_what_makes_no_sense_is_for_the_stage_to_refuse(asked: list[float], seconds: float) -> None:
    with pytest.raises(LocalStageError, match="accepted"):
        advance(STAGE, seconds)
    assert len(asked) == 1
