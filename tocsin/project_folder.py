"""The folder of a project: the nearest with a monitoring.yml, from where somebody stands."""

from pathlib import Path

from tocsin.exceptions import InputError

MONITORING = "monitoring.yml"


class NoProject(InputError):
    """A task of a project was called outside of any."""

    def __init__(self, start: Path) -> None:
        super().__init__(
            f"found no {MONITORING} in {start} or a folder above it; accepted: a folder of a "
            "project; `tocsin init` makes one in an empty folder"
        )


def project_folder(start: Path) -> Path:
    """``start``, or the nearest folder above it, that has a monitoring.yml.

    Raises:
        NoProject: there is none up to the root of the file system.
    """
    for folder in (start, *start.parents):
        if (folder / MONITORING).is_file():
            return folder
    raise NoProject(start)
