"""One memory of the services' descriptions for all of botocore's sessions in a process.

Each session reads them anew, a tenth of a second each; the clients of one session share them.
Each class of loader has its own: moto's adds errors to SQS's description, by which botocore's
clients would not find the class of an error that they are answered.
"""

from collections import defaultdict
from typing import Any

import botocore.loaders

_descriptions: defaultdict[Any, dict[Any, Any]] = defaultdict(dict)
_new_loader = botocore.loaders.Loader.__init__


def share() -> None:
    """From now on, a session finds what an earlier one has read."""
    botocore.loaders.Loader.__init__ = _with_shared_memory  # type: ignore[assignment,method-assign]


def _with_shared_memory(loader: Any, *arguments: Any, **keywords: Any) -> None:
    _new_loader(loader, *arguments, **keywords)
    assert loader._cache == {}, "botocore's Loader keeps something else in _cache"
    loader._cache = _descriptions[type(loader), *loader.search_paths]
