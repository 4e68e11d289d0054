"""The bank: a TLS server that can reset, close, stall, refuse or show another certificate."""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.instant import now
from tests.lab.servers.control import Answer, Command, serve_control
from tests.lab.servers.loop import Loop, listen_tcp

RESPONSE = b"HTTP/1.1 204 No Content\r\nServer: lab\r\nConnection: keep-alive\r\n\r\n"
REQUEST_END = b"\r\n\r\n"
FAREWELL_S = 1.0
"""How long an orderly close waits for the client's own end before the socket goes."""


@dataclass(eq=False)
class Session:
    """One connection of a client."""

    number: int
    sock: ssl.SSLSocket
    opened_s: float
    is_established: bool = False
    is_leaving: bool = False
    is_stalled: bool = False
    received: bytes = b""
    last_request_s: float = field(default_factory=time.monotonic)


class Bank:
    """Serves requests on held TLS sessions, until told to misbehave."""

    def __init__(
        self, loop: Loop, address: str, port: int, certificates: Mapping[str, Path]
    ) -> None:
        self._loop = loop
        self._address = address
        self._port = port
        self._contexts = {name: _context(path) for name, path in certificates.items()}
        self._certificate = "good"
        self._new = "serve"
        self._idle_close_s: float | None = None
        self._answer_s = 0.0
        self._sessions: list[Session] = []
        self._log: list[Answer] = []
        self._count = 0
        self._listener: socket.socket | None = None
        self._listen()
        self._loop.later(0.1, self._close_idle)

    def command(self, command: Command) -> Answer:
        """Carry out one command of the control socket.

        "set" takes `new` (serve, refuse, close, reset, stall), `existing` (keep, reset, close,
        stall, resume), `certificate` (good, wrong_host, expired, foreign), `idle_close_s` and
        `answer_s` (how late it answers); "log" returns what happened, each with its instant.
        """
        if command["do"] == "log":
            return {"log": self._log}
        self._certificate = str(command.get("certificate", self._certificate))
        if "idle_close_s" in command:
            idle_close_s = command["idle_close_s"]
            assert idle_close_s is None or isinstance(idle_close_s, int | float)
            self._idle_close_s = idle_close_s
        answer_s = command.get("answer_s", self._answer_s)
        assert isinstance(answer_s, int | float)
        self._answer_s = float(answer_s)
        # New ones first: a session that is reset must not come back before the door is shut.
        self._set_new(str(command.get("new", self._new)))
        return {"touched": self._treat_existing(str(command.get("existing", "keep")))}

    def _set_new(self, new: str) -> None:
        if new not in ("serve", "refuse", "close", "reset", "stall"):
            raise ValueError(new)
        self._new = new
        if new == "refuse" and self._listener is not None:
            self._loop.forget(self._listener)
            self._listener.close()
            self._listener = None
        elif new != "refuse" and self._listener is None:
            self._listen()

    def _treat_existing(self, how: str) -> int:
        if how == "keep":
            return 0
        treatments: dict[str, Callable[[Session], None]] = {
            "reset": self._reset,
            "close": self._close,
            "stall": self._stall,
            "resume": self._resume,
        }
        sessions = [session for session in self._sessions if not session.is_leaving]
        for session in sessions:
            treatments[how](session)
        return len(sessions)

    def _listen(self) -> None:
        self._listener = listen_tcp(self._address, self._port)
        self._loop.watch(self._listener, self._accept)

    def _accept(self) -> None:
        assert self._listener is not None
        raw, _ = self._listener.accept()
        raw.setblocking(False)
        context = self._contexts[self._certificate]
        sock = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
        self._count += 1
        session = Session(self._count, sock, time.monotonic())
        self._sessions.append(session)
        self._note(session, "accepted")
        if self._new == "reset":
            self._reset(session)
        elif self._new == "stall":
            self._stall(session)
        else:
            self._loop.watch(sock, lambda: self._ready(session))

    def _ready(self, session: Session) -> None:
        try:
            if session.is_leaving:
                self._drain(session)
            elif session.is_established:
                self._read(session)
            else:
                self._shake_hands(session)
        except (ssl.SSLWantReadError, BlockingIOError):
            return  # nothing more for now
        except OSError as error:  # ssl.SSLError is one: the client went away or refused us
            self._note(session, "broken", str(error))
            self._drop(session)

    def _shake_hands(self, session: Session) -> None:
        session.sock.do_handshake()
        session.is_established = True
        session.last_request_s = time.monotonic()
        self._note(session, "established", str(session.sock.getpeername()[1]))
        if self._new == "close":
            self._close(session)
        elif session.sock.pending():
            self._read(session)

    def _read(self, session: Session) -> None:
        while True:
            received = session.sock.recv(4096)
            if not received:
                self._note(session, "client_closed")
                self._drop(session)
                return
            session.received += received
            while REQUEST_END in session.received:
                request, session.received = session.received.split(REQUEST_END, 1)
                session.last_request_s = time.monotonic()
                self._respond(session)
                self._note(session, "request", request.split(b"\r\n")[0].decode("ascii"))

    def _respond(self, session: Session) -> None:
        if self._answer_s == 0.0:
            session.sock.send(RESPONSE)
        else:
            self._loop.later(self._answer_s, lambda: self._respond_late(session))

    def _respond_late(self, session: Session) -> None:
        if session in self._sessions and not session.is_leaving and not session.is_stalled:
            with suppress(OSError):  # the client has gone in the meantime: its end is read
                session.sock.send(RESPONSE)

    def _drain(self, session: Session) -> None:
        # Below TLS: only the client's end is waited for, so that our close sends no reset.
        while socket.socket.recv(session.sock, 4096):
            pass
        self._drop(session)

    def _reset(self, session: Session) -> None:
        # With a linger time of zero, close() sends RST and discards what is queued: socket(7).
        session.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._note(session, "reset")
        self._drop(session)

    def _close(self, session: Session) -> None:
        session.is_leaving = True
        if session.is_established:
            # close_notify is sent; the client's own is not waited for.
            with suppress(ssl.SSLWantReadError, ssl.SSLError):
                session.sock.unwrap()
        try:
            socket.socket.shutdown(session.sock, socket.SHUT_WR)
        except OSError:
            self._drop(session)  # the client has reset it in the meantime
            return
        self._note(session, "closed")
        self._loop.watch(session.sock, lambda: self._ready(session))
        self._loop.later(FAREWELL_S, lambda: self._drop(session))

    def _stall(self, session: Session) -> None:
        session.is_stalled = True
        self._loop.forget(session.sock)
        self._note(session, "stalled")

    def _resume(self, session: Session) -> None:
        if not session.is_stalled:
            return
        session.is_stalled = False
        self._note(session, "resumed")
        self._loop.watch(session.sock, lambda: self._ready(session))

    def _close_idle(self) -> None:
        self._loop.later(0.1, self._close_idle)
        if self._idle_close_s is None:
            return
        oldest_s = time.monotonic() - self._idle_close_s
        for session in list(self._sessions):
            is_idle = session.is_established and session.last_request_s < oldest_s
            if is_idle and not session.is_leaving:
                self._close(session)

    def _drop(self, session: Session) -> None:
        if session not in self._sessions:
            return
        self._sessions.remove(session)
        self._loop.forget(session.sock)
        session.sock.close()

    def _note(self, session: Session, what: str, detail: str = "") -> None:
        at = now()
        self._log.append(
            {
                "session": session.number,
                "what": what,
                "detail": detail,
                "wall_ms": at.wall_ms,
                "monotonic_ms": at.monotonic_ms,
            }
        )


def _context(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    # No tickets: what a client reads on an idle session is then only what the lab sends.
    context.num_tickets = 0
    return context


def serve(
    loop: Loop, control: Path, address: str, port: int, certificates: Mapping[str, Path]
) -> None:
    """Start the bank in `loop`, steered at `control`; it begins with the certificate "good"."""
    bank = Bank(loop, address, port, certificates)
    serve_control(loop, control, bank.command)
