"""A line with delay, jitter and loss in user space, for kernels without netem.

Two packet sockets, one on each end; a frame read on one is written to the other when its time
has come, in order (packet(7)). PACKET_IGNORE_OUTGOING keeps a socket from seeing what it wrote.
"""

import random
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab.servers.control import Answer, Command, serve_control
from tests.lab.servers.loop import Loop

ETH_P_ALL = 0x0003
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
"""linux/if_packet.h; Python's socket module does not name them all."""
FRAME_BYTES = 65_600


@dataclass
class Burst:
    """Loss in bursts: a line that is by turns whole and dead (Gilbert 1960)."""

    burst_s: float = 0.0
    pause_s: float = 0.0
    _is_dead: bool = False
    _until_s: float = 0.0

    def holds(self, now_s: float, chance: random.Random) -> bool:
        """Tell whether the line is dead at `now_s`; times never go backwards."""
        if self.burst_s == 0.0:
            return False
        self._until_s = self._until_s or now_s
        while now_s >= self._until_s:
            self._is_dead = not self._is_dead
            mean_s = self.burst_s if self._is_dead else self.pause_s
            # Between half and one and a half times the mean: no burst is endless by chance.
            self._until_s += mean_s * chance.uniform(0.5, 1.5)
        return self._is_dead


class DelayLine:
    """Carries frames both ways, late and with holes."""

    def __init__(self, loop: Loop, left: str, right: str) -> None:
        self._loop = loop
        self._delay_ms = 0.0
        self._jitter_ms = 0.0
        self._loss_ratio = 0.0
        self._burst = Burst()
        self._random = random.Random(2026)
        self._due_s = {left: 0.0, right: 0.0}
        self._carried_count = 0
        self._lost_count = 0
        self._dropped_count = 0
        left_socket, right_socket = _packet_socket(left), _packet_socket(right)
        loop.watch(left_socket, lambda: self._carry(left_socket, right_socket, right))
        loop.watch(right_socket, lambda: self._carry(right_socket, left_socket, left))

    def command(self, command: Command) -> Answer:
        """Take what the line does, each way; tell the counts.

        `delay_ms`, `jitter_ms`, `loss_ratio`; `burst_s` and `pause_s`: how long bursts of total
        loss and the pauses between them are on average (0 for none).
        """
        self._delay_ms = _number(command, "delay_ms", self._delay_ms)
        self._jitter_ms = _number(command, "jitter_ms", self._jitter_ms)
        self._loss_ratio = _number(command, "loss_ratio", self._loss_ratio)
        if "burst_s" in command:
            means_s = (_number(command, "burst_s", 0.0), _number(command, "pause_s", 0.0))
            self._burst = Burst(*means_s)
        return {
            "carried_count": self._carried_count,
            "lost_count": self._lost_count,
            "dropped_count": self._dropped_count,
        }

    def _carry(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        try:
            frame = source.recv(FRAME_BYTES)
        except OSError:
            return  # the interface went down: nothing to carry
        in_burst = self._burst.holds(time.monotonic(), self._random)
        if in_burst or self._random.random() < self._loss_ratio:
            self._lost_count += 1
            return
        self._carried_count += 1
        late_ms = self._delay_ms + self._random.uniform(0.0, self._jitter_ms)
        # Never before the frame ahead of it: a line does not reorder.
        due_s = max(time.monotonic() + late_ms / 1000, self._due_s[direction])
        self._due_s[direction] = due_s
        if late_ms == 0.0:
            self._send(sink, frame)
        else:
            self._loop.at(due_s, lambda: self._send(sink, frame))

    def _send(self, sink: socket.socket, frame: bytes) -> None:
        try:
            sink.send(frame)
        except OSError:
            self._dropped_count += 1  # the far interface is down


def _packet_socket(interface: str) -> socket.socket:
    # Protocol 0 hears nothing until it is bound, so no frame of another interface gets in.
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    sock.bind((interface, ETH_P_ALL))
    sock.setblocking(False)
    return sock


def _number(command: Command, key: str, present: float) -> float:
    value = command.get(key, present)
    assert isinstance(value, int | float)
    return float(value)


def serve(loop: Loop, control: Path, left: str, right: str) -> None:
    """Start the line in `loop`, steered at `control`."""
    line = DelayLine(loop, left, right)
    serve_control(loop, control, line.command)
