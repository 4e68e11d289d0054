"""The provider's DNS: answers, soon or late, is silent, fails, or lies (RFC 1035, A only)."""

import socket
import struct

from tests.lab.servers.control import Answer, Command
from tests.lab.servers.loop import Loop

TTL_S = 0
"""Nothing is cached, or a cached answer would hide a fault."""
TYPE_A = 1
CLASS_IN = 1
FLAGS_ANSWER = 0x8180
"""A response, recursion desired and available, no error."""
CODE_SERVFAIL = 2
CODE_NXDOMAIN = 3
HEADER_BYTES = 12


class Names:
    """Answers queries for `addresses` by its present mode."""

    def __init__(self, loop: Loop, address: str, addresses: dict[str, str], lie: str) -> None:
        self._loop = loop
        self._addresses = addresses
        self._lie = lie
        self._mode = "answer"
        self._delay_s = 0.0
        self._query_count = 0
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind((address, 53))
        self._sock.setblocking(False)
        loop.watch(self._sock, self._ready)

    def command(self, command: Command) -> Answer:
        """Take `mode` and `delay_s`; tell how many queries came so far.

        `mode` is answer, silent, servfail, nxdomain or lie.
        """
        mode, delay_s = str(command.get("mode", self._mode)), command.get("delay_s", 0.0)
        if mode not in ("answer", "silent", "servfail", "nxdomain", "lie"):
            raise ValueError(mode)
        assert isinstance(delay_s, int | float)
        self._mode, self._delay_s = mode, float(delay_s)
        return {"query_count": self._query_count}

    def _ready(self) -> None:
        query, client = self._sock.recvfrom(1500)
        self._query_count += 1
        if self._mode == "silent" or len(query) < HEADER_BYTES:
            return
        answer = self._answer(query)
        if self._delay_s == 0.0:
            self._send(answer, client)
        else:
            self._loop.later(self._delay_s, lambda: self._send(answer, client))

    def _send(self, answer: bytes, client: tuple[str, int]) -> None:
        self._sock.sendto(answer, client)

    def _answer(self, query: bytes) -> bytes:
        name, question_end = _read_name(query)
        (kind,) = struct.unpack_from("!H", query, question_end)
        question = query[HEADER_BYTES : question_end + 4]
        address = self._lie if self._mode == "lie" else self._addresses.get(name)
        code = CODE_SERVFAIL if self._mode == "servfail" else 0
        if code == 0 and (address is None or self._mode == "nxdomain"):
            code = CODE_NXDOMAIN
        record = b""
        if code == 0 and kind == TYPE_A and address is not None:
            # 0xc00c points back to the name in the question (RFC 1035, 4.1.4).
            record = struct.pack("!HHHIH", 0xC00C, TYPE_A, CLASS_IN, TTL_S, 4)
            record += socket.inet_aton(address)
        header = query[:2] + struct.pack("!HHHHH", FLAGS_ANSWER | code, 1, bool(record), 0, 0)
        return header + question + record


def _read_name(query: bytes) -> tuple[str, int]:
    labels, at = [], HEADER_BYTES
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii").lower())
        at += 1 + query[at]
    return ".".join(labels), at + 1
