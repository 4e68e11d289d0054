"""A bank for the tests: a TLS server that ends sessions on command."""

import contextlib
import ipaddress
import select
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.clock import SystemClock
from monitor.model import SessionChange

NAME = "bank.test"


@dataclass(frozen=True)
class Papers:
    """An authority's certificate and the server's, for one name."""

    ca_file: str
    chain_file: str


def issue(folder: Path, name: str, stem: str) -> Papers:
    """Make an authority of our own and a certificate for `name`."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC)

    def build(subject: str, issuer: str, public: ec.EllipticCurvePublicKey, is_ca: bool) -> bytes:
        alternatives: list[x509.GeneralName] = [x509.DNSName(subject)]
        with contextlib.suppress(ValueError):
            alternatives = [x509.IPAddress(ipaddress.ip_address(subject))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)

    ca_file, chain_file = folder / f"{stem}-ca.pem", folder / f"{stem}.pem"
    ca_file.write_bytes(build("test authority", "test authority", ca_key.public_key(), True))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain_file.write_bytes(private + build(name, "test authority", key.public_key(), False))
    return Papers(str(ca_file), str(chain_file))


class TlsServer:
    """Accepts and holds sessions; every method ends or changes them and returns when it did."""

    def __init__(self, chain_file: str, listener: socket.socket | None = None) -> None:
        self.handshakes: list[float] = []
        self.closes_after_s: float | None = None
        self.resets_on_accept = False
        self.answers: bytes | None = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        self.closes_after_answer = False
        self.requests: list[bytes] = []
        self._live: list[ssl.SSLSocket] = []
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.show(chain_file)
        self._listener = listener or socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accept()

    def show(self, chain_file: str) -> None:
        """Show this certificate from now on."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain_file)

    def reset_all(self) -> int:
        """End every session with RST; return the wall clock."""
        with self._lock:
            at_ms = SystemClock().wall_ms()
            for sock in self._live:
                _reset(sock)
            self._live.clear()
        return at_ms

    def close_all(self) -> int:
        """End every session with close_notify and FIN; return the wall clock."""
        with self._lock:
            at_ms = SystemClock().wall_ms()
            for sock in self._live:
                _close(sock)
            self._live.clear()
        return at_ms

    def live_count(self) -> int:
        """How many sessions stand."""
        with self._lock:
            return len(self._live)

    def refuse(self) -> None:
        """Stop listening: new connections are refused."""
        _end_listener(self._listener)

    def listen_again(self) -> None:
        """Listen on the same port again."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._accept()

    def stop(self) -> None:
        """End everything."""
        self.refuse()
        self.close_all()
        for thread in self._threads:
            thread.join(5)
        self.close_all()

    def _accept(self) -> None:
        thread = threading.Thread(target=self._serve, args=(self._listener,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            while True:
                try:
                    raw, _ = listener.accept()
                except OSError:
                    return
                thread = threading.Thread(target=self._session, args=(raw,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _session(self, raw: socket.socket) -> None:
        raw.settimeout(5)
        try:
            sock = self._context.wrap_socket(raw, server_side=True)
        except OSError:
            raw.close()
            return
        self.handshakes.append(time.monotonic())
        if self.resets_on_accept:
            _reset(sock)
            return
        with self._lock:
            self._live.append(sock)
        born = time.monotonic()
        while self._is_due_to_read(sock):
            limit_s = self.closes_after_s
            is_old = limit_s is not None and time.monotonic() - born >= limit_s
            if is_old or not self._answer(sock):
                break
        self._finish(sock)

    def _is_due_to_read(self, sock: ssl.SSLSocket) -> bool:
        """Wait a moment for something to read; False once the session was ended."""
        try:
            select.select([sock], [], [], 0.02)
        except (OSError, ValueError):  # closed by whoever ended it
            return False
        return True

    def _answer(self, sock: ssl.SSLSocket) -> bool:
        """Read and answer what has come; False where that ends the session.

        Under the lock: OpenSSL allows one thread at a time in a session, and others end it.
        """
        with self._lock:
            if sock not in self._live:
                return False
            sock.settimeout(0)
            try:
                request = sock.recv(4096)
            except (ssl.SSLWantReadError, BlockingIOError):
                return True
            except (OSError, ValueError):
                return False
            if not request:
                return False
            self.requests.append(request)
            if self.answers is None:
                return True
            sock.settimeout(5)
            sock.sendall(self.answers)
            return not self.closes_after_answer

    def _finish(self, sock: ssl.SSLSocket) -> None:
        with self._lock:
            if sock in self._live:
                self._live.remove(sock)
                _close(sock)


def _end_listener(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _close(sock: ssl.SSLSocket) -> None:
    with contextlib.suppress(OSError, ValueError):
        sock.settimeout(0)
        sock.unwrap()
    sock.close()


class Recorder:
    """Takes what a source emits, and lets a test wait for it."""

    def __init__(self) -> None:
        self.changes: list[SessionChange] = []
        self.took_at_ms: list[int] = []
        self._arrived = threading.Condition()

    def __call__(self, change: SessionChange) -> None:
        with self._arrived:
            self.took_at_ms.append(SystemClock().wall_ms())
            self.changes.append(change)
            self._arrived.notify_all()

    def wait_for(self, count: int, within_s: float = 10.0) -> SessionChange:
        """Return the change number `count` (from 1), or fail once `within_s` is over."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.changes) >= count, within_s):
                raise AssertionError(f"change {count} did not come; there are {self.changes}")
            return self.changes[count - 1]

    def expect_none(self, count: int, for_s: float) -> None:
        """Fail if more than `count` changes are there within `for_s`."""
        with self._arrived:
            if self._arrived.wait_for(lambda: len(self.changes) > count, for_s):
                raise AssertionError(f"no change was due, but: {self.changes[count:]}")
