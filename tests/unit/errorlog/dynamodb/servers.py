"""Stores on loopback that answer as they are told, in the clear or over TLS."""

import contextlib
import datetime as dt
import functools
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """``script(conversation)`` runs for each connection; ``connections`` counts them."""

    def __init__(self, script: Callable[["Conversation"], None], tls: ssl.SSLContext | None = None):
        self._script = script
        self._tls = tls
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.connections = 0
        self.requests: list[bytes] = []
        self.closed = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = self._listening.accept()
                self.connections += 1
                self._open.append(accepted)
                thread = threading.Thread(target=self._serve, args=(accepted,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls:
                accepted = self._tls.wrap_socket(accepted, server_side=True)
                self._open.append(accepted)
            with accepted:
                self._script(Conversation(self, accepted))
        accepted.close()
        self.closed.release()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed before
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


class Conversation:
    """One connection, as the store has it."""

    def __init__(self, server: Server, connection: socket.socket) -> None:
        self._server = server
        self.connection = connection

    def request(self) -> bytes:
        """The next whole request; OSError when the client has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            body += self._more()
        self._server.requests.append(head + b"\r\n\r\n" + body)
        return self._server.requests[-1]

    def say(self, data: bytes) -> None:
        self.connection.sendall(data)

    def wait_for_the_end(self) -> None:
        """Until the client hangs up."""
        while self.connection.recv(65_536):
            pass

    def _more(self) -> bytes:
        data = self.connection.recv(65_536)
        if not data:
            raise ConnectionError("the client has gone")
        return data


@contextlib.contextmanager
def serving(
    script: Callable[[Conversation], None], tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    server = Server(script, tls)
    try:
        yield server
    finally:
        server.close()


def answering(*answers: bytes) -> Callable[[Conversation], None]:
    """Each request gets the next answer, the last one again and again."""
    given = list(answers)

    def script(conversation: Conversation) -> None:
        while True:
            conversation.request()
            conversation.say(given.pop(0) if len(given) > 1 else given[0])

    return script


def hangs(conversation: Conversation) -> None:
    """Takes everything, says nothing."""
    conversation.wait_for_the_end()


@functools.cache
def authority() -> tuple[bytes, bytes]:
    """A certificate of 127.0.0.1 and localhost that vouches for itself, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def tls_context(folder: Path) -> ssl.SSLContext:
    """Of a server with that certificate."""
    (folder / "server.pem").write_bytes(b"".join(authority()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
