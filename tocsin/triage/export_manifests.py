"""Which exports folders have: of which table, when, and their data files.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.exceptions import InputError

ENDING = ".json.gz"
_SUMMARY, _FILES = "manifest-summary.json", "manifest-files.json"
_LONGEST = 2**24  # bytes of a manifest; some 200 for each file of data


@dataclass(frozen=True)
class ExportFolder:
    """One export. ``account``, ``region`` and ``made`` (ISO 8601) are empty where no manifest is
    beside its files."""

    folder: Path
    table: str
    account: str
    region: str
    made: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class ExportFolders:
    """``read`` is what is read; ``older`` are exports of the same tables, with the same records."""

    read: tuple[ExportFolder, ...]
    older: tuple[ExportFolder, ...]

    @property
    def made(self) -> str:
        """When the newest was made."""
        return max((export.made for export in self.read), default="")


def export_folders(folders: Iterable[str]) -> ExportFolders:
    """The exports below ``folders``, each once, and of each table the newest.

    Raises:
        InputError: a folder has no such file, or an export is not whole; the message names it.
    """
    found: dict[Path, list[Path]] = {}
    for folder in folders:
        files = sorted(Path(folder).rglob(f"*{ENDING}"))
        if not files:
            raise InputError(
                f"--from: found no file *{ENDING} in {folder}; accepted: a folder with an export "
                "of DynamoDB's in it, as `aws s3 sync` copies it"
            )
        for file in files:
            found.setdefault(_folder_of(file.resolve()), []).append(file.resolve())
    exports = [
        _export(folder, tuple(sorted(set(files)))) for folder, files in sorted(found.items())
    ]
    newest: dict[str, ExportFolder] = {}
    for export in exports:
        key = export.table or str(export.folder)
        if key not in newest or export.made >= newest[key].made:
            newest[key] = export
    read = tuple(export for export in exports if export in newest.values())
    return ExportFolders(read, tuple(export for export in exports if export not in read))


def _folder_of(file: Path) -> Path:
    export = file.parent.parent
    return export if (export / _SUMMARY).is_file() else file.parent


def _export(folder: Path, files: tuple[Path, ...]) -> ExportFolder:
    if not (folder / _SUMMARY).is_file():
        return ExportFolder(folder, "", "", "", "", files)
    said = _read(folder / _SUMMARY, lines=False)[0]
    arn = said.get("tableArn")
    parts = arn.split(":") if isinstance(arn, str) else []
    if len(parts) != 6:
        raise InputError(
            f"{folder / _SUMMARY}: found no tableArn; accepted: a manifest as DynamoDB writes it"
        )
    if said.get("exportType", "FULL_EXPORT") != "FULL_EXPORT":
        raise InputError(
            f"{folder / _SUMMARY}: found an export of {said['exportType']!r}; accepted: FULL_EXPORT"
        )
    _whole(folder, files)
    made = said.get("exportTime", "")
    return ExportFolder(
        folder,
        "/".join(parts[3:]),
        parts[4],
        parts[3],
        made if isinstance(made, str) else "",
        files,
    )


def _whole(folder: Path, files: tuple[Path, ...]) -> None:
    manifest = folder / _FILES
    if not manifest.is_file():
        return
    named = {str(line.get("dataFileS3Key", "")).rpartition("/")[2] for line in _read(manifest)}
    missing = sorted(named - {file.name for file in files})
    if missing:
        raise InputError(
            f"{folder}: {len(missing)} of {len(named)} files are missing, such as {missing[0]}; "
            "copy the export again"
        )


def _read(file: Path, *, lines: bool = True) -> list[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8") as manifest:
            text = manifest.read(_LONGEST)
        found = [json.loads(part) for part in (text.splitlines() if lines else [text])]
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    if not all(isinstance(part, dict) for part in found):
        raise InputError(f"{file}: found no object; accepted: a manifest as DynamoDB writes it")
    return found
