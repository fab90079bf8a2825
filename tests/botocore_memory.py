"""One memory for all of botocore's sessions in a process, and for their clients.

Each session reads the services' descriptions anew, a tenth of a second each, and each session and
client finds out anew what its hundred handlers take and how the names of events were once spelled;
the clients of one session share what it has read. Each class of loader has its own descriptions:
moto's adds errors to SQS's, by which botocore's clients would not find the class of an error that
they are answered.
"""

import inspect
from collections import defaultdict
from typing import Any

import botocore.hooks
import botocore.loaders

_descriptions: defaultdict[Any, dict[Any, Any]] = defaultdict(dict)
_names: dict[str, str] = {}
_new_loader = botocore.loaders.Loader.__init__
_new_aliaser = botocore.hooks.EventAliaser.__init__
_takes_keywords = botocore.hooks.accepts_kwargs


def share() -> None:
    """From now on, a session finds what an earlier one has read."""
    loader: Any = botocore.loaders.Loader
    aliaser: Any = botocore.hooks.EventAliaser
    hooks: Any = botocore.hooks
    loader.__init__ = _loader_with_shared_memory
    aliaser.__init__ = _aliaser_with_shared_memory
    hooks.accepts_kwargs = _seen_to_take_keywords


def _loader_with_shared_memory(loader: Any, *arguments: Any, **keywords: Any) -> None:
    _new_loader(loader, *arguments, **keywords)
    assert loader._cache == {}, "botocore's Loader keeps something else in _cache"
    loader._cache = _descriptions[type(loader), *loader.search_paths]


def _aliaser_with_shared_memory(aliaser: Any, *arguments: Any, **keywords: Any) -> None:
    _new_aliaser(aliaser, *arguments, **keywords)
    assert aliaser._alias_name_cache == {}, "botocore's EventAliaser has another cache"
    if aliaser._event_aliases == botocore.hooks.EVENT_ALIASES:
        aliaser._alias_name_cache = _names


def _seen_to_take_keywords(handler: Any) -> Any:
    """What botocore asks of a whole signature; a function's code says it at once."""
    code = getattr(handler, "__code__", None)
    if code is None:
        return _takes_keywords(handler)
    return code.co_flags & inspect.CO_VARKEYWORDS
