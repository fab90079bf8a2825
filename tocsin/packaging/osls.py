"""Run osls, the Serverless Framework of the project, and keep its output for the error."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tocsin.exceptions import TocsinError
from tocsin.packaging import node_modules

EXECUTABLE = node_modules.EXECUTABLE
LOG = "osls.log"
POLL_INTERVAL = "SLS_AWS_MONITORING_FREQUENCY"
"""The variable with the milliseconds from one look at CloudFormation's work to the next."""

_TAIL_LINES = 25
_NOT_FOUND = re.compile(r"Cannot find (?:module|package) '([^']{1,200})'")
_SDK_ENDPOINTS = Path(__file__).parent / "sdk_endpoints.cjs"
_COMPILE_CACHE = Path(__file__).parent / "compile_cache.cjs"
COMPILE_CACHE = Path(".tocsin/node_compile_cache")
"""Where Node keeps what it has compiled of the engine, 17 MB."""


def node_options(present: str = "") -> str:
    """NODE_OPTIONS with which any osls or serverless of a shell reads AWS_ENDPOINT_URL.

    ``present`` is what it is already. A path may have spaces, which Node takes between quotes.
    https://nodejs.org/api/cli.html#node_optionsoptions
    """
    path = str(_SDK_ENDPOINTS).replace("\\", "\\\\").replace('"', '\\"')
    preload = f'--require "{path}"'
    return present if preload in present else f"{present} {preload}".strip()


class OslsError(TocsinError):
    """osls failed; the message ends with the last lines it printed."""


def run(root: Path, folder: Path, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run osls in ``folder`` and return what it printed, also kept in ``folder``/osls.log.

    ``environment`` is laid over the process's own; an empty value removes a variable.
    """
    engine = node_modules.installed_engine(root)
    preloaded = [_COMPILE_CACHE, *([_SDK_ENDPOINTS] if engine.has_older_sdk else [])]
    variables = {
        "NODE_COMPILE_CACHE": str(root.absolute() / COMPILE_CACHE),
        **os.environ,
        "SLS_NOTIFICATIONS_MODE": "off",
        "SLS_TELEMETRY_DISABLED": "1",
        # Any value, "0" too, fills the log with the frames of a spinner.
        "SLS_INTERACTIVE_SETUP_ENABLE": "",
        "FORCE_COLOR": "0",
        # Of AWS's SDK, about the Node versions of next year.
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        **environment,
    }
    try:
        done = subprocess.run(
            [  # noqa: S607 - the node that bootstrap checked
                "node",
                *(part for file in preloaded for part in ("--require", str(file))),
                str(engine.executable),
                *arguments,
            ],
            cwd=folder,
            env={key: value for key, value in variables.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise node_modules.NodeModulesError(
            f"{engine.name} could not be run, because of {error.filename or 'node'}: "
            f"{error.strerror}; it needs Node 20 or newer on the PATH"
        ) from None
    (folder / LOG).write_text(done.stdout, encoding="utf-8")
    if done.returncode:
        if lacking := _NOT_FOUND.search(done.stdout):
            remedy = node_modules.remedy(engine.owner)
            raise node_modules.NodeModulesError(
                f"node_modules is damaged: it has no {lacking[1]}; {remedy}"
            )
        tail = "\n".join(done.stdout.strip().splitlines()[-_TAIL_LINES:])
        raise OslsError(f"{engine.name} {arguments[0]} failed (all of it: {folder / LOG})\n{tail}")
    return done.stdout
