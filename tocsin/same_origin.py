"""Whether a request can come from a web page that is not served from the very place it asks.

A browser reaches a loopback port from any page it shows. It tells so itself: a page cannot take
away or change ``Host``, ``Origin``, ``Sec-Fetch-Site`` and ``Referer``. A name that leads to
127.0.0.1 (DNS rebinding) stands in ``Host``, a page of elsewhere in ``Origin`` or, where a browser
sends none (a link, an image), in ``Sec-Fetch-Site``, and before browsers had that, in ``Referer``.
https://fetch.spec.whatwg.org/#origin-header, https://w3c.github.io/webappsec-fetch-metadata/
"""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message

Headers = Iterable[tuple[bytes, bytes]]

_OWN_SITE = ("same-origin", "none")
"""``none`` is a person: an address typed, a bookmark."""
_OF_A_PREFLIGHT = (b"access-control-request-method", b"access-control-request-headers")


def addresses(port: int) -> frozenset[str]:
    """What ``Host`` may be for a server that listens on loopback only."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))


def headers_of(message: Message) -> Headers:
    """The headers of a request that ``http.server`` has read."""
    return [(name.encode("latin-1"), str(value).encode()) for name, value in message.items()]


def why_refused(headers: Headers, accepted: frozenset[str]) -> str | None:
    """What is wrong with where the request comes from, or goes to; None where nothing is.

    ``accepted`` are the values of ``Host`` under which the server is known.
    """
    given: dict[bytes, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append(value.decode("latin-1").strip())
    hosts = given.get(b"host", [])
    if len(hosts) != 1 or hosts[0].lower() not in accepted:
        return f"Host must be one of {', '.join(sorted(accepted))}"
    own = f"http://{hosts[0].lower()}"
    if any(origin.lower() != own for origin in given.get(b"origin", [])):
        return "requests of web pages are refused: Origin is not this address"
    if any(site.lower() not in _OWN_SITE for site in given.get(b"sec-fetch-site", [])):
        return "requests of web pages are refused: Sec-Fetch-Site names another site"
    if any(not f"{page.lower()}/".startswith(f"{own}/") for page in given.get(b"referer", [])):
        return "requests of web pages are refused: Referer is not this address"
    if any(name in given for name in _OF_A_PREFLIGHT):
        return "requests of web pages are refused: no preflight is answered"
    return None
