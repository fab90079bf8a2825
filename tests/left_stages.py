"""Local stages that a run of the tests has left, since whoever was to stop them was killed."""

import os

import pytest

from tocsin.local import LocalStageError, stop


def stop_them(config: pytest.Config) -> None:
    """Stop what runs below the temporary folder of the run; to be called when that ends.

    Its workers have ended by then: the one process that is left is the one that has no number.
    """
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is None or "PYTEST_XDIST_WORKER" in os.environ:
        return
    for record in factory.getbasetemp().rglob("stage.json"):
        try:
            stop(record.parent)
        except LocalStageError as error:
            print(error)  # noqa: T201 - the run is over, and its exit code stands
