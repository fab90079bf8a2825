"""Whose certificates are believed, and what that costs the connection."""

import ssl
from pathlib import Path
from types import SimpleNamespace

import botocore
import pytest

from errorlog.dynamodb import trust as trusts
from errorlog.dynamodb.client import Client
from errorlog.dynamodb.deadline import Deadline
from errorlog.dynamodb.failure import WriteFailed
from tests.unit.errorlog.dynamodb.servers import (
    OK,
    answering,
    authority,
    hangs,
    serving,
    tls_context,
)

PUBLIC = str(Path(botocore.__file__).parent / "cacert.pem")
LONG_S = 60.0


@pytest.fixture
def server(tmp_path):
    with serving(answering(OK), tls_context(tmp_path)) as server:
        yield server


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """``bundle(text)``: AWS_CA_BUNDLE names a file of ``text``."""

    def name(text: str) -> str:
        file = tmp_path / "bundle.pem"
        file.write_text(text)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
        return str(file)

    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    return name


def put(url: str, monkeypatch, wait_s: float = LONG_S, client: Client | None = None) -> str | None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    try:
        (client or Client()).put_item("errors", "{}", Deadline(wait_s, LONG_S))
    except WriteFailed as failure:
        return str(failure)
    return None


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize(
    "beside", ["", Path(PUBLIC).read_text()], ids=["alone", "among the public"]
)
def test_a_bundle_that_is_named_is_believed(server, bundle, monkeypatch, variable, beside) -> None:
    file = bundle(beside + authority()[0].decode())
    monkeypatch.delenv("AWS_CA_BUNDLE")
    monkeypatch.setenv(variable, file)
    assert put(server.url, monkeypatch) is None
    assert server.connections == 1


def test_a_context_that_gevent_puts_in_place_of_pythons_own(server, bundle, monkeypatch) -> None:
    """It hands the name on as it is, which has to be a text then."""

    class Patched(ssl.SSLContext):
        def wrap_socket(self, sock, *, server_hostname=None):
            assert isinstance(server_hostname, str)
            return super().wrap_socket(sock, server_hostname=server_hostname)

    bundle(authority()[0].decode())
    patched = SimpleNamespace(**{**vars(ssl), "SSLContext": Patched})
    monkeypatch.setattr(trusts, "ssl", patched)
    assert put(server.url, monkeypatch) is None


@pytest.mark.parametrize("beside", ["", Path(PUBLIC).read_text()], ids=["nothing named", "public"])
def test_nobody_else_is_believed(server, bundle, monkeypatch, beside) -> None:
    if beside:
        bundle(beside)
    said = put(server.url, monkeypatch)
    assert said.startswith("Certificate: 127.0.0.1: self-signed certificate")
    assert server.requests == []


def test_another_hosts_certificate_is_not_believed(server, bundle, monkeypatch) -> None:
    bundle(authority()[0].decode())
    monkeypatch.setattr("errorlog.dynamodb.client.connect", _to(server))
    said = put("https://dynamodb.us-east-1.amazonaws.com", monkeypatch)
    assert "is not valid for 'dynamodb.us-east-1.amazonaws.com'" in said
    assert server.requests == []


def _to(server):
    from errorlog.dynamodb.connection import connect

    return lambda host, port, deadline: connect("127.0.0.1", server.port, deadline)


def test_what_the_likely_ones_do_not_vouch_for_the_whole_bundle_may(
    server, bundle, monkeypatch
) -> None:
    """A public authority that is not Amazon's: one more connection, once in a process."""
    public = bundle(Path(PUBLIC).read_text() + authority()[0].decode())
    monkeypatch.setattr(trusts, "_public_bundle", lambda: public)
    client = Client()
    assert put(server.url, monkeypatch, client=client) is None
    assert server.connections == 2
    client._idle.clear()
    assert put(server.url, monkeypatch, client=client) is None
    assert server.connections == 3


def test_the_likely_ones_are_amazons_and_those_that_are_not_public(tmp_path) -> None:
    own = authority()[0].decode()
    named = tmp_path / "named.pem"
    # As distributions write it: without names, with other line ends.
    named.write_text("\r\n".join([*trusts_of(PUBLIC), own]))
    for public, extra in ((trusts.likely("", PUBLIC), 0), (trusts.likely(str(named), PUBLIC), 1)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=public)
        subjects = [dict(field[0] for field in cert["subject"]) for cert in context.get_ca_certs()]
        names = sorted(subject["commonName"] for subject in subjects)
        amazons = [name for name in names if name.startswith(("Amazon Root CA", "Starfield Serv"))]
        assert len(amazons) >= 5
        assert len(names) == len(amazons) + extra


def trusts_of(bundle: str) -> list[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    return [ssl.DER_cert_to_PEM_cert(cert) for cert in context.get_ca_certs(binary_form=True)]


def test_a_bundle_that_is_not_there_is_named(server, monkeypatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such/bundle.pem")
    assert put(server.url, monkeypatch).startswith("Certificates: /no/such/bundle.pem: ")


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nx"])
def test_a_bundle_without_certificates_is_named(server, bundle, monkeypatch, text) -> None:
    file = bundle(text)
    assert put(server.url, monkeypatch).startswith(f"Certificates: {file}: ")


def test_without_any_bundle_the_systems_authorities_are_asked(
    server, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(trusts, "_public_bundle", str)
    (tmp_path / "system.pem").write_bytes(authority()[0])
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))
    assert put(server.url, monkeypatch) is None


def test_a_handshake_that_hangs_ends_at_the_deadline(monkeypatch) -> None:
    with serving(hangs) as server:
        url = server.url.replace("http:", "https:")
        said = put(url, monkeypatch, wait_s=0.05)
    assert said == "TLS handshake: nothing came within 0.05 s"


def test_a_server_without_tls_is_a_broken_connection(monkeypatch) -> None:
    with serving(lambda conversation: conversation.say(OK)) as server:
        said = put(server.url.replace("http:", "https:"), monkeypatch)
    assert said.startswith("ConnectionClosed: ")


def test_old_versions_of_tls_are_refused() -> None:
    context, _ = trusts._context("", True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
