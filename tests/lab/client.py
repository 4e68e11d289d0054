"""What the lab looks like from the device, through plain sockets and the `ping` command."""

import socket
import ssl
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.lab import plan
from tests.lab.namespaces import LabError, inside
from tests.lab.world import World

PATIENCE_S = 0.7
"""Everything in the lab answers within 2 ms, also on a busy machine within this."""
REQUEST = f"HEAD / HTTP/1.1\r\nHost: {plan.BANK_NAME}\r\n\r\n".encode()

TCP_CLOSE = 7
"""State of a socket that got RST: include/net/tcp_states.h."""
TCP_CLOSE_WAIT = 8
"""State of a socket that got FIN."""


@contextmanager
def tcp(world: World, address: str, port: int) -> Iterator[socket.socket]:
    """Connect from the device; raises OSError as `socket.create_connection` does."""
    with inside(world.device):
        sock = socket.create_connection((address, port), timeout=PATIENCE_S)
    with sock:
        yield sock


@contextmanager
def bank_session(world: World) -> Iterator[ssl.SSLSocket]:
    """Hold a TLS session to the bank that trusts the lab's authority only."""
    context = ssl.create_default_context(cafile=str(world.certificates.authority))
    with (
        tcp(world, plan.BANK_ADDRESS, plan.BANK_PORT) as sock,
        context.wrap_socket(sock, server_hostname=plan.BANK_NAME) as session,
    ):
        _wait_until_established(world, session.getsockname()[1])
        yield session


def _wait_until_established(world: World, port: int) -> None:
    """In TLS 1.3 a client is done half a round trip before the server (RFC 8446, section 2)."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        for entry in world.bank_log():
            if entry["what"] == "established" and entry["detail"] == str(port):
                return
    raise TimeoutError("the bank did not finish the hand-shake")


def tcp_state(sock: socket.socket) -> int:
    """Return the kernel's state of a connection (tcp(7), TCP_INFO)."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def resolve(world: World, name: str) -> tuple[int, str | None]:
    """Ask the provider's DNS; return the response code and the first address.

    Raises:
        TimeoutError: no answer.
    """
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\x01\0\x01"
    with inside(world.device):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.settimeout(PATIENCE_S)
        sock.sendto(query, (plan.DNS_ADDRESS, 53))
        answer = sock.recv(1500)
    code = answer[3] & 0x0F
    count = struct.unpack_from("!H", answer, 6)[0]
    return code, socket.inet_ntoa(answer[-4:]) if count else None


def status(world: World, address: str = plan.WEB_ADDRESS) -> int:
    """Return the HTTP status that a web page on port 80 answers with."""
    with tcp(world, address, plan.WEB_PORT) as sock:
        sock.sendall(f"GET /generate_204 HTTP/1.1\r\nHost: {plan.WEB_NAME}\r\n\r\n".encode())
        return int(sock.recv(100).split()[1])


def _can_ping(world: World, address: str) -> bool:
    try:
        world.device.run("ping", "-n", "-c", "1", "-W", str(PATIENCE_S), address)
    except LabError:
        return False
    return True


def _can_connect(world: World, address: str, port: int) -> bool:
    try:
        with tcp(world, address, port):
            return True
    except OSError:
        return False


def _can_resolve(world: World) -> bool:
    try:
        return resolve(world, plan.BANK_NAME) == (0, plan.BANK_ADDRESS)
    except OSError:
        return False


def _can_talk_to_bank(world: World) -> bool:
    try:
        with bank_session(world) as session:
            session.sendall(REQUEST)
            return session.recv(1000).startswith(b"HTTP/1.1 204")
    except OSError:
        return False


def _page(world: World) -> bool:
    try:
        return status(world) == 204
    except OSError:
        return False


def what_works(world: World) -> set[str]:
    """Return what answers the device at this moment, by short names."""
    checks = {
        "ping gateway": lambda: _can_ping(world, plan.GATEWAY_ADDRESS),
        "ping anchor": lambda: _can_ping(world, plan.ANCHOR_ADDRESSES[0]),
        "ping bank": lambda: _can_ping(world, plan.BANK_ADDRESS),
        "tcp anchor": lambda: _can_connect(world, plan.ANCHOR_ADDRESSES[2], plan.ANCHOR_PORT),
        "tcp bank": lambda: _can_connect(world, plan.BANK_ADDRESS, plan.BANK_PORT),
        "tls bank": lambda: _can_talk_to_bank(world),
        "dns": lambda: _can_resolve(world),
        "204": lambda: _page(world),
    }
    with ThreadPoolExecutor(len(checks)) as pool:
        results = {name: pool.submit(check) for name, check in checks.items()}
        return {name for name, result in results.items() if result.result()}
