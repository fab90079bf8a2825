"""A function that is configured as far as its runtime needs it."""

from pathlib import Path

from tocsin.local.runtime import ConfiguredFunction
from tocsin.local.runtime.files import FunctionFiles


def configured(folder: Path, code: str, memory_mb: int) -> ConfiguredFunction:
    """The function `handler` of ``code``, with all that is its own below ``folder``."""
    (folder / "task").mkdir()
    (folder / "task" / "handler.py").write_text(code)
    return ConfiguredFunction(
        name="f", arn="arn:aws:lambda:eu-west-1:000000000000:function:f", version="$LATEST",
        handler="handler.handler", runtime="python3.11", memory_mb=memory_mb, timeout=60.0,
        region="eu-west-1", log_group="/aws/lambda/f", endpoint="http://127.0.0.1:9",
        task_root=folder / "task", opt=folder / "opt", scratch=folder / "tmp",
        runtime_dir=FunctionFiles(folder / "files").runtime(),
    )  # fmt: skip
