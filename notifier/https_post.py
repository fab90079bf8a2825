"""One POST to an address that somebody wrote down: to that host, over TLS, and nowhere else.

Whoever can write a channel's secret shall not make the notifier speak to what is beside it in the
network: its host is looked up once, the address is looked at, and that very address is connected
to. A redirect is an answer, and is not followed. ``http`` to this machine is taken where the
function's environment says so, which the local stage's does for the receivers that stand in there.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import math
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = "NOTIFIER_LOOPBACK"
"""The variable that lets messages go to this machine: ``allowed`` on a local stage only."""

_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
_MOST_ANSWER = 64_000
_MOST_ADDRESSES = 4
_MOST_HEADER = 64
_MOST_URL = 2_048


class RefusedAddress(Exception):
    """An address that nothing is sent to; the message does not hold it."""


class NotSent(Exception):
    """The receiver has not got the message: nothing was connected, or nothing written."""


class Unclear(Exception):
    """Whether the receiver has the message is not known: no answer came in time.

    ``after_s``: what it asks to wait before the next.
    """

    def __init__(self, why: str, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.after_s = after_s


@dataclass(frozen=True)
class HttpAnswer:
    """What came back; ``retry_after`` in seconds."""

    status: int
    body: bytes
    retry_after: float | None = None


@dataclass(frozen=True)
class _Target:
    secure: bool
    host: str
    port: int
    path: str


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    timeout_s: float,
    *,
    hosts: frozenset[str] = frozenset(),
) -> HttpAnswer:
    """Send ``body``; ``hosts``, where there are any, are all that may be sent to.

    Raises:
        RefusedAddress: the address is none that anything is sent to.
        NotSent: nothing has got there.
        Unclear: something may have.
    """
    target = _target(url)
    if hosts and target.host not in hosts and not _is_loopback_allowed(target):
        raise RefusedAddress("an address of another host than this channel's")
    deadline = time.monotonic() + timeout_s
    raw = _dialled(target, deadline)
    # A timeout of a socket is that of each byte: whoever sends one now and then would hold us.
    line = raw.dup()  # TLS takes the other one over
    ending = threading.Timer(max(0.1, deadline - time.monotonic()), _end, (line,))
    ending.daemon = True
    ending.start()
    try:
        return _exchanged(target, raw, body, headers, timeout_s)
    finally:
        ending.cancel()
        raw.close()
        line.close()


def _exchanged(
    target: _Target, raw: socket.socket, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> HttpAnswer:
    try:
        connection = _connected(target, raw, timeout_s)
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(f"no connection: {type(error).__name__}") from None
    try:
        connection.request(
            "POST", target.path, body=body, headers={**headers, "user-agent": "tocsin"}
        )
        answer = connection.getresponse()
        retry_after = _seconds(answer.getheader("retry-after"), datetime.now(UTC))
        return HttpAnswer(answer.status, _body(answer), retry_after)
    except (OSError, http.client.HTTPException) as error:
        raise Unclear(f"no answer: {type(error).__name__}") from None
    finally:
        connection.close()


def _body(answer: http.client.HTTPResponse) -> bytes:
    """What comes in time, and no more than is worth reading: the status is known without it."""
    try:
        return answer.read(_MOST_ANSWER)
    except http.client.IncompleteRead as error:
        return error.partial
    except (OSError, ValueError, http.client.HTTPException):
        return b""


def _end(line: socket.socket) -> None:
    """Whoever reads or writes on it is told that the other side has gone."""
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _target(url: str) -> _Target:
    if len(url) > _MOST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise RefusedAddress("an address that is too long, or has other characters than one has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise RefusedAddress("an address that is none") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise RefusedAddress("an address that does not begin with https://")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress("an address with a user in it")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    secure = parts.scheme == "https"
    target = _Target(secure, parts.hostname.lower(), port or (443 if secure else 80), path)
    if not secure and not _is_loopback_allowed(target):
        raise RefusedAddress("an address that does not begin with https://")
    return target


def _is_loopback_allowed(target: _Target) -> bool:
    return (
        target.host in ("127.0.0.1", "localhost", "::1") and os.environ.get(LOOPBACK) == "allowed"
    )


def _dialled(target: _Target, deadline: float) -> socket.socket:
    """A connection to the first of the host's addresses that takes one.

    Raises:
        RefusedAddress: the host has an address that nothing is sent to.
        NotSent: none takes one in time.
    """
    try:
        addresses = _addresses(target, deadline)
    except OSError as error:
        raise NotSent(f"no address: {type(error).__name__}") from None
    failed = "no connection"
    for place, address in enumerate(addresses, 1):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            break
        # One that does not answer leaves time for the next.
        patience_s = left_s if place == len(addresses) else left_s / 2
        try:
            return socket.create_connection((address, target.port), timeout=patience_s)
        except OSError as error:
            failed = f"no connection: {type(error).__name__}"
    raise NotSent(failed)


def _addresses(target: _Target, deadline: float) -> list[str]:
    """The addresses that are connected to: such that all of the internet can reach.

    Raises:
        RefusedAddress: the host has one that is not, whatever else it has.
        OSError: it has none, or they are not known in time.
    """
    found = _resolved(target, deadline - time.monotonic())
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses:
        raise OSError("no address")
    if not _is_loopback_allowed(target):
        for address in addresses:
            if not _is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise RefusedAddress("an address within a network, which nothing is sent to")
    return addresses[:_MOST_ADDRESSES]


def _resolved(target: _Target, patience_s: float) -> Sequence[Any]:
    """What the resolver says; it knows no limit of time, so it is left behind on its thread."""
    answers: queue.SimpleQueue[Sequence[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, patience_s))
    except queue.Empty:
        raise TimeoutError("the name is not answered") from None
    if isinstance(found, UnicodeError):  # a label of more characters than one has
        raise RefusedAddress("an address that is none")
    if isinstance(found, Exception):
        raise found
    return found


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        # The same machines by other names: ::ffff:10.0.0.1, 2002:0a00:0001::, 64:ff9b::a00:1.
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        # All that is global stands there; ::10.0.0.1 and fec0::1 have other names of old.
        # https://www.iana.org/assignments/ipv6-address-space/
        if address not in _GLOBAL_IPV6:
            return False
    return address.is_global and not address.is_multicast


def _connected(target: _Target, raw: socket.socket, timeout_s: float) -> http.client.HTTPConnection:
    try:
        if not target.secure:
            connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout_s)
            connection.sock = raw
            return connection
        context = ssl.create_default_context()
        secured = http.client.HTTPSConnection(
            target.host, target.port, timeout=timeout_s, context=context
        )
        # By the name, to the address that was looked at.
        line = context.wrap_socket(raw, server_hostname=target.host)
        if line.version() is None:  # what is over before it begins is wrapped without a word of TLS
            raise OSError("no connection")
        secured.sock = line
        return secured
    except BaseException:
        raw.close()
        raise


def _seconds(text: str | None, now: datetime) -> float | None:
    """``Retry-After`` in seconds, which a date may stand for; None where it is neither.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    if text is None or len(text) > _MOST_HEADER:
        return None
    given = text.strip()
    if given.isascii() and given.isdigit():
        return float(given) if len(given) < 10 else math.inf
    try:
        then = parsedate_to_datetime(given)
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
