"""Zero code is proven before the deploy: the packaged archive is loaded with the layer beside it.

Twice, in a process of its own each time: as it is, and by ``errorlog.auto``. What it loads has no
credentials, no account and no way to one.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tocsin import product
from tocsin.attach import load_check
from tocsin.attach.found import FoundFunction
from tocsin.attach.refresh import Looked, look
from tocsin.config import Stage
from tocsin.config.zero_code import zero_code_refusal
from tocsin.findings import Finding, Severity

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_BYTES = 250 * 1024 * 1024
MOST_FILES = 50_000
SECONDS = 60
_NOWHERE = "http://127.0.0.1:1"
_RULE = "attached/zero-code"


@dataclass(frozen=True)
class Loading:
    """What became of one handler: an error by its type and message, or how it is wrapped."""

    error: tuple[str, str] | None
    times: int = 0

    @property
    def words(self) -> str:
        return f"{self.error[0]}: {self.error[1]}" if self.error else "it is loaded"


def zero_code(root: Path, stage: Stage) -> list[Finding]:
    """What is wrong with zero code on ``stage``; nothing is loaded where nobody asks for it."""
    asked = any(
        settings.zero_code
        for entry in stage.attachments
        for settings in entry.settings.functions.values()
    )
    return [finding for entry in look(root, stage) for finding in proofs(entry)] if asked else []


def proofs(looked: Looked) -> Iterator[Finding]:
    """A finding for each function that zero code is asked for and that it does not work for.

    Functions that nobody named are not touched; of one whose archive is not on this machine nothing
    is known.
    """
    found = {function.id: function for stack in looked.stacks for function in stack.functions}
    for attached in looked.watched:
        function = found.get(attached.id)
        if function is None or not looked.entry.of(attached).zero_code:
            continue
        if zero_code_refusal(attached.runtime, attached.handler):
            continue  # an error of its own, whether it is deployed or not
        if function.archive is None:
            message = "not shown before the deploy: its packaged archive is not here"
            yield Finding(Severity.WARNING, _RULE, attached.label, message)
            continue
        yield from _proven(attached.label, function, attached.handler, function.archive)


def _proven(label: str, function: FoundFunction, handler: str, archive: Path) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="tocsin-proof-") as folder:
        root = Path(folder)
        try:
            _unpack(archive, root / "task")
        except (OSError, ValueError, zipfile.BadZipFile, RuntimeError) as error:
            message = f"its archive {archive.name} cannot be read: {error}"
            yield Finding(Severity.ERROR, _RULE, label, message)
            return
        for name, path in product.files_below(product.ERRORLOG).items():
            target = root / "layer" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        bare = _load(root, handler, automatic=False)
        wrapped = _load(root, handler, automatic=True)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    under = "" if function.runtime == version else f" (under {version}; it runs {function.runtime})"
    if bare.error != wrapped.error:
        message = (
            f"errorlog.auto changes what loading {handler} gives: {wrapped.words}; without it: "
            f"{bare.words}{under}"
        )
        yield Finding(Severity.ERROR, _RULE, label, message)
    elif bare.error is not None:
        message = f"not shown before the deploy: {handler} is not loaded here: {bare.words}{under}"
        yield Finding(Severity.WARNING, _RULE, label, message)
    elif wrapped.times != 1:
        message = f"{handler} is wrapped {wrapped.times} times by errorlog, and not once"
        yield Finding(Severity.ERROR, _RULE, label, message)


def _load(root: Path, handler: str, *, automatic: bool) -> Loading:
    report = root / "report.json"
    report.unlink(missing_ok=True)
    packages = Path(boto3.__file__).parents[1]
    paths = [root / "task", root / "layer"]
    # Of this environment nothing: neither credentials nor a proxy that leads anywhere.
    environment = {
        "ERROR_LOG_HANDLER": handler,
        "TOCSIN_AUTOMATIC": "1" if automatic else "0",
        "LAMBDA_TASK_ROOT": str(root / "task"),
        "AWS_LAMBDA_FUNCTION_NAME": "proof",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": _NOWHERE,
        "HTTP_PROXY": _NOWHERE,
        "HTTPS_PROXY": _NOWHERE,
        "HOME": str(root),
        "PATH": os.defpath,
    }
    try:
        subprocess.run(
            [sys.executable, "-IS", str(Path(load_check.__file__)), str(report), str(packages),
             *map(str, paths)],
            cwd=root / "task", env=environment, stdin=subprocess.DEVNULL, timeout=SECONDS,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Loading(("Timeout", f"it was not loaded after {SECONDS} s"))
    try:
        told: Any = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Loading(("Exit", "its process ended while it was loaded"))
    if "error" in told:
        kind, message = told["error"]
        return Loading((str(kind), str(message)))
    return Loading(None, int(told["times"]))


def _unpack(archive: Path, target: Path) -> None:
    """An archive as Lambda would unpack it, within Lambda's bounds.

    Raises:
        ValueError: it is larger, or a name leads out of it.
    """
    if archive.is_dir():
        _check_size(file.stat().st_size for file in archive.rglob("*") if file.is_file())
        shutil.copytree(archive, target, symlinks=True)
        return
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        _check_size(entry.file_size for entry in entries)
        for entry in entries:
            path = (target / entry.filename).resolve()
            if not path.is_relative_to(target.resolve()):
                raise ValueError(f"{entry.filename!r} leads out of it")
            if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(entry) as source, path.open("wb") as file:
                # A size that an entry only claims does not count.
                written = source.read(entry.file_size + 1)
                if len(written) > entry.file_size:
                    raise ValueError(f"{entry.filename!r} is larger than it says")
                file.write(written)
    target.mkdir(exist_ok=True)


def _check_size(sizes: Iterator[int]) -> None:
    total = 0
    for number, size in enumerate(sizes):
        total += size
        if total > MOST_BYTES or number >= MOST_FILES:
            raise ValueError("it is larger than Lambda takes")
