"""``check``: what is wrong with a compiled stack, found before it is deployed."""

from typing import TYPE_CHECKING

from tocsin.lazy_face import lazy_face

if TYPE_CHECKING:
    from tocsin.check.run import check
else:
    __getattr__ = lazy_face(__name__)

__all__ = ["check"]
