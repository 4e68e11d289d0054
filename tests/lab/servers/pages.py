"""Plain web pages: the "204" that says the internet is free, and a hotel's log-in page instead."""

import socket

from tests.lab.servers.control import Answer, Command
from tests.lab.servers.loop import Loop, listen_tcp

LOGIN_URL = "http://login.hotel.example/"
PAGE = b"<html><title>Welcome</title><form action=/login>Room number</form></html>"
RESPONSES = {
    "204": b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "redirect": (
        f"HTTP/1.1 302 Found\r\nLocation: {LOGIN_URL}\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n"
    ).encode(),
    "page": (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    + PAGE,
}


class Pages:
    """Answers every request with the response of its present mode, then closes."""

    def __init__(self, loop: Loop, address: str, port: int, mode: str) -> None:
        self._loop = loop
        self._mode = mode
        self._listener = listen_tcp(address, port)
        loop.watch(self._listener, self._accept)

    def command(self, command: Command) -> Answer:
        """Take the `mode`: 204, redirect or page."""
        mode = str(command["mode"])
        if mode not in RESPONSES:
            raise ValueError(mode)
        self._mode = mode
        return {}

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        self._loop.watch(connection, lambda: self._answer(connection))

    def _answer(self, connection: socket.socket) -> None:
        try:
            # A GET fits one segment; what it asks for does not matter here.
            if connection.recv(4096):
                connection.sendall(RESPONSES[self._mode])
        except OSError:
            pass  # the client is gone
        self._loop.forget(connection)
        connection.close()


class Anchors:
    """Accepts TCP connections on several addresses and holds them until the client ends."""

    def __init__(self, loop: Loop, addresses: list[str], port: int) -> None:
        self._loop = loop
        self._listeners = [listen_tcp(address, port) for address in addresses]
        for listener in self._listeners:
            self._watch(listener)

    def _watch(self, listener: socket.socket) -> None:
        self._loop.watch(listener, lambda: self._accept(listener))

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setblocking(False)
        self._loop.watch(connection, lambda: self._ready(connection))

    def _ready(self, connection: socket.socket) -> None:
        try:
            is_open = bool(connection.recv(4096))
        except OSError:
            is_open = False
        if not is_open:
            self._loop.forget(connection)
            connection.close()
