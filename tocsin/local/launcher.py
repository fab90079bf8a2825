"""The stage's process: ``python -m tocsin.local.launcher``, started by ``stage.start``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from pathlib import Path

from tocsin import http_serving
from tocsin.exceptions import TocsinError
from tocsin.local.access import Door
from tocsin.local.admin import Admin
from tocsin.local.cloudwatch import CloudWatches
from tocsin.local.cloudwatch.stage_clock import StageClock
from tocsin.local.emulator.assembly import assemble
from tocsin.local.emulator.settings import settings
from tocsin.local.root_key import RootKey
from tocsin.local.runtime import Conditions


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; then end every function's process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--instance", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--full-speed", action="store_true")
    given = parser.parse_args(arguments)
    root = RootKey.of_environment()
    (given.state / "tmp").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        settings(
            port=given.port,
            state=given.state,
            account=given.account,
            region=given.region,
            root=root,
        )
    )
    tempfile.tempdir = None  # TMPDIR has just changed
    clouds = CloudWatches(StageClock())
    conditions = None if given.full_speed else Conditions()
    try:
        emulator = assemble(
            clouds,
            endpoint=f"http://127.0.0.1:{given.port}",
            state=given.state,
            root=root,
            account=given.account,
            conditions=conditions,
        )
    except TocsinError as error:
        print(error, file=sys.stderr)  # noqa: T201  the log is all this process has
        return error.exit_code
    identity = {
        "instance": given.instance,
        "pid": os.getpid(),
        "cpu": "all" if conditions is None else "kernel" if conditions.kernel else "signals",
    }
    clouds.follow_wall_clock()
    try:
        admin = Admin(emulator.app, clouds, identity, root.access_key_id)
        _allow_many_files()
        door = Door(admin, emulator.keys, given.port)
        asyncio.run(http_serving.serve(door, f"127.0.0.1:{given.port}", "-"))
    finally:
        clouds.stop()
        emulator.stop()
    return 0


def _allow_many_files() -> None:
    """Every function's process takes a handful of descriptors; raise the soft limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
