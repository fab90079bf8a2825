"""After its failures a drill waits until no alarm would tell of them; then old rules may go."""

from types import SimpleNamespace
from typing import Any

import pytest

from tocsin.drill import run

ALARMS = ["error-rate", "error-rate-5m", "error-rate-15m"]


class Bench:
    """``loud``: what is in ALARM whenever it is looked at; what is waited for goes back to OK."""

    account = stage = None
    clock = SimpleNamespace(slack_s=0)

    def __init__(self, *loud: set[str], goes_back: bool = True) -> None:
        self._loud = [*loud]
        self._goes_back = goes_back
        self.waited_for: list[set[str]] = []

    def in_state(self, state: str, names: list[str]) -> set[str]:
        if state != "ALARM":
            return set()
        return self._loud.pop(0) if len(self._loud) > 1 else self._loud[0]

    def states(self, names: set[str]) -> dict[str, Any]:
        return {name: {} for name in names}

    def let_pass_until(self, state: str, names: set[str], *_: Any) -> set[str]:
        assert state == "OK"
        self.waited_for.append(names)
        return names if self._goes_back else set()


@pytest.mark.parametrize(
    ("bench", "waited_for", "is_calm"),
    [
        (Bench(set()), [], True),
        (Bench({"error-rate"}, set()), [{"error-rate"}], True),
        # It went off while the quicker one was waited for.
        (
            Bench({"error-rate"}, {"error-rate-5m"}, set()),
            [{"error-rate"}, {"error-rate-5m"}],
            True,
        ),
        (Bench({"error-rate"}, goes_back=False), [{"error-rate"}], False),
        # One that comes and goes is not waited for without an end.
        (Bench({"error-rate"}), [{"error-rate"}] * 5, False),
    ],
    ids=["calm", "one", "another meanwhile", "stays", "comes and goes"],
)
def test_old_rules_go_when_nothing_is_in_alarm_any_more(
    monkeypatch: pytest.MonkeyPatch, bench: Any, waited_for: list[set[str]], is_calm: bool
) -> None:
    cleared: list[object] = []
    monkeypatch.setattr(run, "clear_rules", lambda *of: cleared.append(of))
    monkeypatch.setattr(run.wiring, "set_ok", lambda *_: None)
    monkeypatch.setattr(run, "Causes", lambda account: None)
    run._Run(bench, [], [], ())._calm_down(ALARMS)
    assert bench.waited_for == waited_for
    assert bool(cleared) is is_calm
