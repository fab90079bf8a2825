"""What osls compiled before of the same service: compiling it again takes seconds for the same.

osls makes a template of serverless.yml alone, where that reads nothing else and brings its
archives. Two things of its output are of the moment at which it ran and of nothing else: the folder
of the deployment bucket that the archives go to, and the name of a REST API's deployment. These are
made new here as well, since osls takes the newest folder of the bucket for what is deployed.
"""

import contextlib
import fcntl
import hashlib
import io
import json
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tocsin import documents
from tocsin.kept_answers import drop_oldest
from tocsin.packaging.node_modules import NodeModulesError, engine_of
from tocsin.packaging.osls import LOG

CACHE = Path(".tocsin/compiled")
KEPT = 200
"""How many compiled services are kept, the last used ones; each has some 30 KB."""


class _ReadOverTags(documents.SafeLoader):  # type: ignore[misc]
    """What CloudFormation writes in short, such as ``!Ref``, is of no interest here."""


_ReadOverTags.add_multi_constructor("!", lambda loader, suffix, node: None)
# Changes with what is kept of a service, and with how osls is called.
_FORMAT = 1
_MOMENTS = "moments.json"
# ``${env:X}``, ``${file(x.yml)}``; not ``${AWS::Region}``, ``${Table.Arn}``.
_VARIABLE = re.compile(r"\$\{\s*(?!AWS::)[A-Za-z][\w-]*\s*[:(]")
_MILLISECONDS = re.compile(r"(?<!\d)\d{13}(?!\d)")
# The rest, such as plugins, may read anything.
_READ_HERE = frozenset(
    {
        "service", "frameworkVersion", "configValidationMode", "provider", "package", "layers",
        "functions", "resources",
    }
)  # fmt: skip


def compiled(root: Path, folder: Path, service: Path, package: str, run: Callable[[], Any]) -> None:
    """Have ``folder``/``package`` hold what ``run`` makes of ``service``, a serverless.yml.

    ``run`` is called where nobody knows what it makes. Processes that want the same at once wait
    for the first.
    """
    key = _key(root, service)
    if key is None:
        run()
        return
    kept = root / CACHE / f"{key}.zip"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with _alone(kept.with_suffix(".lock")):
        if not _restore(kept, folder, package):
            began = _now()
            run()
            _keep(kept, folder, package, (began, _now()))
    for dropped in drop_oldest(kept.parent, "*.zip", KEPT):
        dropped.with_suffix(".lock").unlink(missing_ok=True)


def _key(root: Path, service: Path) -> str | None:
    """What everything depends on that osls makes of ``service``; None where that is not known."""
    text = service.read_text(encoding="utf-8")
    if _VARIABLE.search(text):
        return None
    document = yaml.load(text, Loader=_ReadOverTags)  # noqa: S506 - a safe loader, libyaml's or not
    if not isinstance(document, dict) or not document.keys() <= _READ_HERE:
        return None
    parts = [*_mappings(document.get("layers")), *_mappings(document.get("functions"))]
    archives = [_artifact(part) for part in parts]
    digest = hashlib.sha256(f"{_FORMAT}\n".encode())
    try:
        version = engine_of(root).version
    except NodeModulesError:  # running it says so
        return None
    for piece in (version, text):
        digest.update(hashlib.sha256(piece.encode()).digest())
    for name in sorted(set(archives)):
        if name is None or not (file := service.parent / name).is_file():
            return None
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [part for part in value.values() if isinstance(part, dict)] if value else []


def _artifact(part: dict[str, Any]) -> str:
    package = part.get("package")
    return str(package.get("artifact", "")) if isinstance(package, dict) else ""


def _keep(kept: Path, folder: Path, package: str, ran: tuple[int, int]) -> None:
    if (folder / ".serverless").exists():  # more than the package folder: resources of osls's own
        return
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in (folder / LOG, *sorted((folder / package).rglob("*")))
        if file.is_file()
    }
    moments = sorted(
        {
            int(number)
            for content in files.values()
            for number in _MILLISECONDS.findall(content.decode("utf-8", "ignore"))
            if ran[0] <= int(number) <= ran[1]
        }
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(_MOMENTS, json.dumps(moments))
        for name, text in files.items():
            opened.writestr(name, text)
    unfinished = kept.with_suffix(".part")
    unfinished.write_bytes(content.getvalue())
    unfinished.replace(kept)


def _restore(kept: Path, folder: Path, package: str) -> bool:
    """Whether ``kept`` was there and whole; its files are then in ``folder``."""
    try:
        with zipfile.ZipFile(kept) as opened:
            files = {name: opened.read(name) for name in opened.namelist()}
        moments = json.loads(files.pop(_MOMENTS))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        return False
    now = _now()
    for old in moments:
        new = now + old - moments[0]
        for before, after in ((str(old), str(new)), (_iso(old), _iso(new))):
            files = {
                name: content.replace(before.encode(), after.encode())
                for name, content in files.items()
            }
    shutil.rmtree(folder / package, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    kept.touch()
    return True


def _now() -> int:
    return int(time.time() * 1000)


def _iso(milliseconds: int) -> str:
    """As JavaScript's ``toISOString``."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """While the block runs, no other process is in one for the same ``file``."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
