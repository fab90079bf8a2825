"""Whose certificates are believed: those that botocore believes, loaded in a tenth of the time.

A bundle has some 140 authorities, and loading them takes more CPU than all else in a first write.
DynamoDB's certificates come from Amazon's own, those of a company's proxy from the company's: these
are tried alone, and the whole bundle only where they do not vouch for the endpoint.
https://www.amazontrust.com/repository/
"""

from __future__ import annotations

import os
import ssl
import sys

from errorlog.dynamodb.connection import broken
from errorlog.dynamodb.failure import NotConfigured

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

    from errorlog.dynamodb.deadline import Deadline

_AMAZON = ('# Label: "Amazon Root CA', '# Label: "Starfield Services Root')
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class NotBelieved(NotConfigured):
    """The certificate is not one of the authorities', or not the host's.

    ``likely_only``: the other authorities of the bundle were not asked.
    """

    def __init__(self, reason: str, likely_only: bool) -> None:
        super().__init__(reason)
        self.likely_only = likely_only


class Trust:
    """TLS contexts, made once each."""

    def __init__(self) -> None:
        self._likely_only = True
        self._made: dict[tuple[str, bool], tuple[ssl.SSLContext, bool]] = {}

    def secure(self, opened: socket.socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
        """TLS 1.2 or later over ``opened``, its certificate verified; ``opened`` is used up.

        Raises:
            TimedOut, Unreachable: no handshake.
            NotBelieved: worth another connection, after :meth:`widen`, where it was
                ``likely_only``.
            NotConfigured: the bundle that is named cannot be read.
        """
        likely_only = False
        try:
            with deadline.work:
                context, likely_only = self._context()
            deadline.step = "TLS handshake"
            opened.settimeout(deadline.left())
            # As bytes, for which nothing about IDNA is loaded; an endpoint is ASCII. The context
            # that gevent puts in place of ssl's takes none.
            name: Any = host.encode("ascii") if type(context).__module__ == "ssl" else host
            return context.wrap_socket(opened, server_hostname=name)
        except BaseException as error:
            opened.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                reason = f"Certificate: {host}: {error.verify_message}"
                raise NotBelieved(reason, likely_only) from error
            if isinstance(error, OSError):
                broken(error, deadline)
            raise

    def widen(self) -> None:
        """From now on the whole bundle."""
        self._likely_only = False

    def _context(self) -> tuple[ssl.SSLContext, bool]:
        """A context, and whether it knows the likely authorities only."""
        named = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or ""
        asked = (named, self._likely_only)
        made = self._made.get(asked)
        if made is None:
            try:
                made = self._made[asked] = _context(*asked)
            except OSError as error:
                raise NotConfigured(f"Certificates: {named}: {error}") from error
        return made


def _context(named: str, likely_only: bool) -> tuple[ssl.SSLContext, bool]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    public = _public_bundle()
    authorities = likely(named, public) if likely_only else ""
    if authorities:
        context.load_verify_locations(cadata=authorities)
    elif named or public:
        context.load_verify_locations(named or public)
    else:
        context.load_default_certs()
    return context, bool(authorities)


def likely(named: str, public: str) -> str:
    """Those authorities of the bundle that is used, ``named`` or else ``public``, that are Amazon's
    or are not public ones; as PEM, empty where they are none or are most of it anyway."""
    known = _certificates(public) if public else {}
    offered = _certificates(named) if named else known
    chosen = [
        certificate
        for certificate in offered
        if certificate not in known or any(label in known[certificate] for label in _AMAZON)
    ]
    if len(chosen) > len(offered) / 2:
        return ""
    return "".join(f"{_BEGIN}{certificate}{_END}\n" for certificate in chosen)


def _certificates(bundle: str) -> dict[str, str]:
    """The certificates of a bundle, each with the comment before it, which may name it."""
    with open(bundle, encoding="utf-8", errors="replace") as file:
        entries = file.read().replace("\r", "").split(_END)
    found = {}
    for entry in entries:
        comment, begin, certificate = entry.partition(_BEGIN)
        if begin:
            found[certificate] = comment
    return found


def _public_bundle() -> str:
    """The bundle that botocore would take, without importing it; empty where there is none."""
    for name in ("certifi", "botocore"):
        for folder in sys.path:
            file = os.path.join(folder, name, "cacert.pem")
            if os.path.isfile(file):
                return file
    return ""
