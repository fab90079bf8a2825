"""What cfn-lint said of the same template before: reading its schemas again takes seconds.

cfn-lint makes its matches of the template, the region and the rules that it is told to leave out;
where a configuration file of its own adds to that, nothing is kept. The folder that osls uploads to
has the moment at which it packaged in its name; no rule reads that.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from tocsin.kept_answers import KeptAnswers

CACHE = Path(".tocsin/linted")
KEPT = 100
"""How many templates' matches are kept, the last used ones; each has some 100 bytes."""

_CONFIGURATION_FILES = (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml")
_MOMENT = re.compile(r"\d{13}-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True)
class Match:
    """A rule of cfn-lint, such as ``E3002``, that ``subject``, a logical id, does not follow."""

    rule: str
    subject: str
    message: str


def linted(folder: Path, text: str, region: str, left_out: Sequence[str],
           lint: Callable[[], list[Match]]) -> list[Match]:  # fmt: skip
    """The matches of the template ``text``: those kept in ``folder``, else those of ``lint``.

    Nothing is kept where ``folder`` is in none, or cannot be written.
    """
    if _is_configured():
        return lint()
    asked = [metadata.version("cfn-lint"), region, *left_out, _MOMENT.sub("", text)]
    return KeptAnswers(folder, KEPT).of(
        asked,
        lint,
        written=lambda matches: [asdict(match) for match in matches],
        read=lambda kept: [Match(**match) for match in kept],
    )


def _is_configured() -> bool:
    """Whether cfn-lint finds a configuration file: it looks here and in the home folder."""
    folders = (Path.cwd(), Path("~").expanduser())
    return any((folder / name).exists() for folder in folders for name in _CONFIGURATION_FILES)
