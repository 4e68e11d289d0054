"""TLS handshakes against real servers with certificates of every kind."""

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.interface import Reading
from monitor.probes.lookup import Lookup
from monitor.probes.tls import TlsProbe
from tests.integration.servers import Serve, free_port, reset, stay_silent, tcp_server

HOST = "localhost"
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    folder: Path

    @property
    def ca_file(self) -> Path:
        path = self.folder / "ca.pem"
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def server(self, name: str, until: datetime.datetime = NOW + DAY) -> ssl.SSLContext:
        """Return the context of a server with a certificate for `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            builder(name, self.certificate.subject, key, until)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        path = self.folder / f"{name}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 10 * DAY)
        .not_valid_after(until)
    )


def make_authority(folder: Path) -> Authority:
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
    certificate = (
        builder("Test CA", name, key, NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate, folder)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls") / "foreign")


class TlsServer:
    """Shakes hands, then reads to the end; keeps how the client went."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.ended = threading.Event()
        self.end = ""

    def __call__(self, connection: socket.socket) -> None:
        with self.context.wrap_socket(connection, server_side=True) as sock:
            try:
                self.end = "orderly" if sock.recv(1) == b"" else "data"
                sock.unwrap()
                # Nothing but the end of the stream may follow: a reset raises.
                self.end += " and " + ("closed" if sock.recv(1) == b"" else "data")
            except OSError as error:
                self.end += f" then {error!r}"
            self.ended.set()


@contextmanager
def asked(
    serve: Serve, authority: Authority, timeout_s: float = 5.0
) -> Iterator[tuple[Reading, float]]:
    with tcp_server(serve) as port:
        probe = TlsProbe(Lookup(), {HOST: authority.ca_file})
        target = Target("x", Role.WALLET, ProbeKind.TLS, HOST, port, family=4)
        began_s = time.monotonic()
        reading = probe.ask(target, timeout_s)
        yield reading, time.monotonic() - began_s


def test_a_good_certificate_replies_and_the_server_sees_a_polite_client(
    authority: Authority,
) -> None:
    server = TlsServer(authority.server(HOST))
    with asked(server, authority) as (reading, _):
        assert server.ended.wait(5)
    assert reading.outcome is Outcome.REPLY
    assert reading.rtt_ms is not None
    assert reading.rtt_ms > 0
    assert reading.detail == "127.0.0.1 TLSv1.3"
    assert server.end == "orderly and closed"


def test_a_certificate_of_another_name(authority: Authority) -> None:
    with asked(TlsServer(authority.server("other.example")), authority) as (reading, _):
        assert reading.outcome is Outcome.TLS_ERROR
        assert "Hostname mismatch" in reading.detail


def test_an_expired_certificate(authority: Authority) -> None:
    with asked(TlsServer(authority.server(HOST, until=NOW - DAY)), authority) as (reading, _):
        assert (reading.outcome, reading.detail) == (
            Outcome.TLS_ERROR,
            "certificate has expired",
        )


def test_a_certificate_of_a_foreign_authority(authority: Authority, foreign: Authority) -> None:
    with asked(TlsServer(foreign.server(HOST)), authority) as (reading, _):
        assert reading.outcome is Outcome.TLS_ERROR
        assert "certificate" in reading.detail


def test_an_extra_authority_is_trusted_for_its_host_only(authority: Authority) -> None:
    with tcp_server(TlsServer(authority.server(HOST))) as port:
        probe = TlsProbe(Lookup(), {"other.example": authority.ca_file})
        target = Target("x", Role.WALLET, ProbeKind.TLS, HOST, port, family=4)
        assert probe.ask(target, 5.0).outcome is Outcome.TLS_ERROR


def test_something_that_does_not_speak_tls(authority: Authority) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"SSH-2.0-server\r\n")
        stay_silent(connection)

    with asked(serve, authority) as (reading, _):
        assert reading.outcome is Outcome.TLS_ERROR
        assert reading.detail


def test_a_reset_in_the_handshake(authority: Authority) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    with asked(serve, authority) as (reading, _):
        assert reading.outcome is Outcome.RESET


def test_a_close_in_the_handshake(authority: Authority) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)

    with asked(serve, authority) as (reading, _):
        assert (reading.outcome, reading.detail) == (Outcome.RESET, "closed during the handshake")


def test_a_stalled_handshake_ends_at_the_time_out(authority: Authority) -> None:
    with asked(stay_silent, authority, 0.3) as (reading, elapsed_s):
        assert reading.outcome is Outcome.TIMEOUT
        assert 0.3 <= elapsed_s < 0.4


def test_a_server_that_never_says_goodbye_delays_no_longer_than_half_a_second(
    authority: Authority,
) -> None:
    context = authority.server(HOST)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as sock:
            sock.recv(1)
            time.sleep(1.0)  # the silence is what is tested

    with asked(serve, authority) as (reading, elapsed_s):
        assert reading.outcome is Outcome.REPLY
        assert (reading.rtt_ms or 1000) < 400
        assert elapsed_s < 0.9


def test_a_closed_port(authority: Authority) -> None:
    probe = TlsProbe(Lookup(), {})
    target = Target("x", Role.WALLET, ProbeKind.TLS, HOST, free_port(), family=4)
    assert probe.ask(target, 1.0).outcome is Outcome.REFUSED
