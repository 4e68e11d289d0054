"""A name server that answers every name with loopback, until it falls silent."""

import os
import socket
import struct
import threading
from pathlib import Path

PORT = 53
_ANSWER, _TYPE_A = 0x8180, 1
_POLL_S = 0.05


class NameServer:
    """On an address of its own, for a process whose resolv.conf(5) names it."""

    def __init__(self, folder: Path) -> None:
        self.address = f"127.53.{os.getpid() % 250}.{1 + os.getpid() // 250 % 250}"
        self.is_deaf = False
        self._config = folder / "resolv.conf"
        # so patient that a lookup hangs for a minute, as it does with some routers' defaults
        self._config.write_text(f"nameserver {self.address}\noptions timeout:30 attempts:2\n")
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind((self.address, PORT))
        self._sock.settimeout(_POLL_S)
        self._is_ended = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def prefix(self) -> list[str]:
        """Return the command words that run a program with this resolver (unshare(1))."""
        words = f'mount --bind {self._config} /etc/resolv.conf && exec "$0" "$@"'
        return ["unshare", "--mount", "sh", "-c", words]

    def stop(self) -> None:
        """End it."""
        self._is_ended = True
        self._thread.join()
        self._sock.close()

    def _serve(self) -> None:
        while not self._is_ended:
            try:
                question, client = self._sock.recvfrom(4096)
            except TimeoutError:
                continue
            if not self.is_deaf:
                self._sock.sendto(_answer(question), client)


def _answer(question: bytes) -> bytes:
    """Return the answer: 127.0.0.1 for an A question, no address for any other (RFC 1035, 4.1)."""
    end = question.index(b"\0", 12) + 5
    is_a = struct.unpack("!H", question[end - 4 : end - 2]) == (_TYPE_A,)
    head = question[:2] + struct.pack("!HHHHH", _ANSWER, 1, int(is_a), 0, 0)
    record = struct.pack("!HHHIH4s", 0xC00C, _TYPE_A, 1, 0, 4, socket.inet_aton("127.0.0.1"))
    return head + question[12:end] + (record if is_a else b"")
