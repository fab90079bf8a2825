"""The proxy that the environment names, for functions whose network lets out nothing else.

Loaded for them alone: what reads the environment takes as long as the rest of a first write.
"""

from __future__ import annotations

from base64 import b64encode
from urllib import request
from urllib.parse import unquote, urlsplit

from errorlog.dynamodb.endpoint import Endpoint
from errorlog.dynamodb.failure import NotConfigured


class Proxy:
    """``headers`` is who we are to the proxy, where its URL has a name and password."""

    __slots__ = ("endpoint", "headers")

    def __init__(self, url: str) -> None:
        self.endpoint = Endpoint(url if "://" in url else f"http://{url}", "")
        if self.endpoint.tls:
            raise NotConfigured("Proxy: a proxy that is itself reached by https is not supported")
        parts = urlsplit(url if "://" in url else f"http://{url}")
        self.headers = {}
        if parts.username:
            who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self.headers["proxy-authorization"] = f"Basic {b64encode(who.encode()).decode()}"


def of_environment(endpoint: Endpoint) -> Proxy | None:
    """The proxy for ``endpoint``; None where HTTPS_PROXY, HTTP_PROXY and NO_PROXY say so.

    Raises:
        NotConfigured: there is one that cannot be used.
    """
    proxies = request.getproxies_environment()
    url = proxies.get("https" if endpoint.tls else "http")
    if not url or request.proxy_bypass_environment(endpoint.authority, proxies):  # type: ignore[attr-defined]
        return None
    return Proxy(url)
