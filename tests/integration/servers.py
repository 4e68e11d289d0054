"""Small servers on loopback that behave as a test wants; each ends with its `with` block."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

Serve: TypeAlias = Callable[[socket.socket], None]
"""Handles one accepted connection; it is closed afterwards."""
Answer: TypeAlias = Callable[[bytes], list[bytes]]
"""Datagrams to send back for one that came."""

_ACCEPT_POLL_S = 0.05


@contextmanager
def tcp_server(serve: Serve, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve connections one by one; yields the port. Ordinary socket errors end a connection."""
    stop = threading.Event()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        listener.settimeout(_ACCEPT_POLL_S)

        def work() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(5)
                    with suppress(OSError):
                        serve(connection)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            stop.set()
            thread.join()


@contextmanager
def udp_server(answer: Answer, host: str = "127.0.0.1") -> Iterator[int]:
    """Answer datagrams; yields the port."""
    stop = threading.Event()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.settimeout(_ACCEPT_POLL_S)

        def work() -> None:
            while not stop.is_set():
                try:
                    datagram, client = sock.recvfrom(4096)
                except TimeoutError:
                    continue
                for reply in answer(datagram):
                    sock.sendto(reply, client)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            stop.set()
            thread.join()


def reset(connection: socket.socket) -> None:
    """End a connection with RST: linger for no time at all (socket(7), SO_LINGER)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def free_port() -> int:
    """Return a TCP and UDP port on loopback where nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def stay_silent(connection: socket.socket) -> None:
    """Say nothing until the client goes."""
    while connection.recv(4096):
        pass
