"""The example in docs/engine.md runs and gives what the page says."""

import re
from pathlib import Path

from tocsin.cloudwatch import State

PAGE = Path(__file__).parents[3] / "docs" / "engine.md"


def test_the_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict = {}
    exec(code, names)  # noqa: S102 - the page's own code
    assert names["found"].state is State.ALARM
    (said,) = re.findall(r"found\.reason\s+# (.*?), \.\.\.", code)
    assert names["found"].reason.startswith(said)
    states = names["replay"](names["alarm"], names["store"], 0, 600).states
    assert states[2] is State.ALARM
    assert states[-1] is State.OK
