"""A walk along the way to a host: echoes whose TTL runs out hop by hop, to the first dead one.

Every hop is asked twice, with several hops in flight, so that the walk takes less than 3 s. Only
an answer that quotes one of our own questions counts: our id, a sequence number that was sent,
our destination, and our random payload as far as it is quoted.

Linux only (and Android): elsewhere the answers of routers are withheld from programs in ways
that could not be tried, and a router that was not heard for that reason would look dead.
"""

import errno
import ipaddress
import math
import random
import select
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from monitor.clock import monotonic_s
from monitor.probes.deadline import Deadline
from monitor.probes.echo_socket import IpAddress, open_icmp_socket
from monitor.probes.icmp_message import Echoed, Kind, echo_header, error_kind, message, request
from monitor.probes.interface import ProbeError
from monitor.probes.outcomes import ICMP_ERROR_MESSAGES, ON_LINUX, hear_icmp_errors

_RANDOM = random.SystemRandom()
MAX_HOPS = 16
"""Most ways through one country's networks are shorter; a longer one is told as far as this."""
SILENT_HOPS = 3
"""The walk ends after so many silent hops in a row: one router that keeps silent is common."""
IN_FLIGHT = 6
"""Hops asked at the same time: three turns of it are 16 hops."""
ASKS = 2
"""Questions to each hop: in a network that loses every third packet, one says too little."""
AGAIN_S = 0.3
"""Between the two: a burst of loss is mostly shorter."""
SILENT_S = 0.85
"""A hop that has not answered this long after its first question is silent."""
WALK_S = 2.8
"""The whole walk, whatever happens: three turns of SILENT_S fit into it."""
PAYLOAD_BYTES = 32
"""Random, and different in each walk: what a forger would have to guess."""

_EXTENDED_ERROR = struct.Struct("=IBBBBII")
"""struct sock_extended_err of <linux/errqueue.h>: errno, origin, type, code, pad, info, data."""
_ORIGINS = {2: 4, 3: 6}
"""SO_EE_ORIGIN_ICMP and _ICMP6: the IP version of the error that came in."""
_ADDRESS_AT = {4: 4, 6: 8}
"""Where the offender's address lies in the sockaddr behind it."""
_RECEIVE_BYTES = 2048
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_SEND_TRIES = 4
"""An error of an earlier question may come out of send(2); so often it is read off and retried."""


@dataclass(frozen=True, slots=True)
class Path:
    """How far along the way to a host somebody was heard."""

    target: str
    last_heard_hop: int
    """0: not even the first router."""
    last_heard_address: str | None
    first_dead_hop: int | None
    """None where the walk reached the target, or all of its hops were heard."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered for a hop, and how."""

    kind: Kind
    address: str

    @property
    def is_end(self) -> bool:
        """True where nothing beyond can be heard."""
        return self.kind is not Kind.EXPIRED


def walk(host: str) -> Path | None:
    """Walk towards an address literal; None where this machine itself keeps it from going.

    Takes less than 3 s, sends at most `MAX_HOPS * ASKS` packets of 40 bytes (without IP header).

    Raises:
        ProbeError: this user may open no ICMP socket, or the system is not Linux.
        ValueError: `host` is no address.
    """
    with _walk_to(host) as one_walk:
        return one_walk.go()


def hops(host: str, most: int) -> Mapping[int, str]:
    """Walk the first `most` hops towards an address; return who answered for each, by hop.

    The target's own answer is left out. Sends at most `most * ASKS` packets.

    Raises:
        ProbeError: this user may open no ICMP socket, or the system is not Linux.
        ValueError: `host` is no address.
    """
    with _walk_to(host, min(most, MAX_HOPS)) as one_walk:
        one_walk.go()
        return one_walk.routers()


@contextmanager
def _walk_to(host: str, most_hops: int = MAX_HOPS) -> Iterator["_Walk"]:
    if not ON_LINUX:
        raise ProbeError("the way is walked on Linux only")
    address = ipaddress.ip_address(host)
    with open_icmp_socket(address.version) as sock:
        sock.setblocking(False)
        yield _Walk(sock, address, most_hops)


def path_of(target: str, answers: Mapping[int, Answer]) -> Path:
    """Return the path that the answers, by hop, tell. Pure.

    A router that says "unreachable" is the last that was heard, wherever it stands; it also
    answers for the hops behind it.
    """
    if not answers:
        return Path(target, 0, None, 1)
    end = min((hop for hop, answer in answers.items() if answer.is_end), default=None)
    hop = max(answers) if end is None else end
    last = answers[hop]
    if last.kind is Kind.REPLY or last.address == target:
        return Path(target, hop, last.address, None)
    if end is not None:
        hop = min(each for each, answer in answers.items() if answer.address == last.address)
    return Path(target, hop, last.address, None if hop >= MAX_HOPS else hop + 1)


class _Walk:
    """One walk on one socket."""

    def __init__(self, sock: socket.socket, address: IpAddress, most_hops: int) -> None:
        self._sock = sock
        self._address = address
        self._most_hops = most_hops
        self._version = address.version
        self._own = _own_address(address)
        self._payload = _RANDOM.randbytes(PAYLOAD_BYTES)
        # The questions' numbers follow each other from a random one; 0 is not used.
        self._first = 1 + _RANDOM.randrange(0xFFFF - MAX_HOPS * ASKS)
        self._is_raw = sock.type == socket.SOCK_RAW
        self._icmp_id = 1 + _RANDOM.randrange(0xFFFF)
        self._asked_s: dict[int, list[float]] = {}
        self._answers: dict[int, Answer] = {}
        if not self._is_raw:
            sock.bind(("", 0))
            self._icmp_id = sock.getsockname()[1]  # the kernel's choice, put into every packet
            hear_icmp_errors(sock)

    def go(self) -> Path | None:
        """Walk to the end."""
        deadline = Deadline.after(WALK_S)
        try:
            while not deadline.passed and not self._is_over(monotonic_s()):
                self._ask_due(monotonic_s())
                self._wait(deadline)
        except OSError as error:
            if error.errno not in _NO_WAY:
                return None  # a local firewall, no address of this family: nothing was learned
        return path_of(str(self._address), self._answers)

    def routers(self) -> dict[int, str]:
        """Return the routers that answered, by hop."""
        target = str(self._address)
        found = sorted(self._answers.items())
        return {hop: answer.address for hop, answer in found if answer.address != target}

    def _is_over(self, now_s: float) -> bool:
        """Tell whether every hop up to the end, or to enough silent ones, is settled."""
        silent_count = 0
        for hop in range(1, self._most_hops + 1):
            answer = self._answers.get(hop)
            if answer is not None:
                silent_count = 0
                if answer.is_end:
                    return True
            elif self._is_silent(hop, now_s):
                silent_count += 1
                if silent_count == SILENT_HOPS:
                    return True
            else:
                return False
        return True

    def _is_silent(self, hop: int, now_s: float) -> bool:
        asked_s = self._asked_s.get(hop)
        return asked_s is not None and now_s - asked_s[0] >= SILENT_S

    def _ask_due(self, now_s: float) -> None:
        """Ask again where the first question went unanswered, and ask the next hops."""
        waiting = [h for h in self._asked_s if h not in self._answers]
        open_count = 0
        for hop in waiting:
            asked_s = self._asked_s[hop]
            open_count += not self._is_silent(hop, now_s)
            if len(asked_s) < ASKS and now_s - asked_s[-1] >= AGAIN_S:
                self._ask(hop)
        has_end = any(answer.is_end for answer in self._answers.values())
        hop = len(self._asked_s) + 1
        while open_count < IN_FLIGHT and hop <= self._most_hops and not has_end:
            self._ask(hop)
            open_count += 1
            hop += 1

    def _ask(self, hop: int) -> None:
        asked_s = self._asked_s.setdefault(hop, [])
        sequence = self._first + (hop - 1) * ASKS + len(asked_s)
        asked_s.append(monotonic_s())
        if self._version == 4:
            self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop)
        else:
            self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hop)
        packet = request(self._version, self._icmp_id, sequence, self._payload)
        for left in reversed(range(_SEND_TRIES)):
            try:
                self._sock.sendto(packet, (str(self._address), 0))
            except BlockingIOError:  # the interface's queue is full: as good as lost
                return
            except OSError:
                if self._is_raw or not left or not self._take_errors():
                    raise
            else:
                return

    def _wait(self, deadline: Deadline) -> None:
        """Take in what arrives until a hop is due to be asked again, or is silent."""
        now_s = monotonic_s()
        dues = [deadline.ends_at_s]
        for hop, asked_s in self._asked_s.items():
            if hop in self._answers or self._is_silent(hop, now_s):
                continue
            again_s = asked_s[-1] + AGAIN_S if len(asked_s) < ASKS else math.inf
            dues.append(min(again_s, asked_s[0] + SILENT_S))
        poller = select.poll()
        poller.register(self._sock, select.POLLIN)
        if poller.poll(math.ceil(max(0.0, min(dues) - now_s) * 1000)):
            self._take_errors()
            self._take_packets()

    def _take_packets(self) -> None:
        while True:
            try:
                packet, sender = self._sock.recvfrom(_RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError:  # a queued ICMP error, shown once here too: it is read off by itself
                if not self._take_errors():
                    return
                continue
            # Linux passes a datagram socket the replies to its own id, without an IP header.
            has_header = self._is_raw and self._version == 4
            said = message(4, packet) if has_header else self._bare(packet)
            if said is not None:
                self._take(said, sender[0].partition("%")[0])

    def _bare(self, packet: bytes) -> Echoed | None:
        if self._version == 6:
            return message(6, packet)
        return message(4, _BLANK_IP + packet)

    def _take_errors(self) -> bool:
        """Read the error queue (ip(7), IP_RECVERR) to its end; False where it was empty."""
        if self._is_raw:
            return False
        took_any = False
        while True:
            try:
                quoted, ancillary, _flags, asked = self._sock.recvmsg(
                    _RECEIVE_BYTES, socket.CMSG_SPACE(128), socket.MSG_ERRQUEUE
                )
            except OSError:
                return took_any
            took_any = True
            for said, offender in queued_errors(self._version, quoted, ancillary, asked[0]):
                self._take(said, offender)

    def _take(self, said: Echoed, sender: str) -> None:
        """Note an answer if it is one to a question of ours."""
        number = said.sequence - self._first
        hop = number // ASKS + 1
        is_asked = number >= 0 and number % ASKS < len(self._asked_s.get(hop, ()))
        is_whole = said.payload == self._payload
        if said.kind is Kind.REPLY:
            is_ours = is_whole and ipaddress.ip_address(sender) == self._address
        else:
            # An error of this machine's own (nobody answers to ARP) is nobody's on the way.
            is_ours = said.destination == str(self._address) and sender != self._own
            is_ours = is_ours and self._payload.startswith(said.payload[:PAYLOAD_BYTES])
        if is_asked and is_ours and said.icmp_id == self._icmp_id:
            self._answers.setdefault(hop, Answer(said.kind, sender))


_BLANK_IP = bytes([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1]) + bytes(10)
"""Stands where Linux' datagram sockets have taken the IP header away."""


def queued_errors(
    version: int, quoted: bytes, ancillary: Sequence[tuple[int, int, bytes]], destination: str
) -> Iterator[tuple[Echoed, str]]:
    """Yield (error, its sender) from what a datagram socket's error queue gave. Pure.

    Args:
        version: 4 or 6.
        quoted: the echo as the error quotes it, without its IP header.
        ancillary: as of recvmsg(2).
        destination: where the quoted echo was sent, as the kernel read it.
    """
    asked = echo_header(version, quoted)
    if asked is None:
        return
    for level, kind, data in ancillary:
        if (level, kind) not in ICMP_ERROR_MESSAGES or len(data) < _EXTENDED_ERROR.size:
            continue
        _errno, origin, icmp_type, code, *_ = _EXTENDED_ERROR.unpack_from(data)
        said = error_kind(version, icmp_type, code)
        offender = _address_in(version, data[_EXTENDED_ERROR.size :])
        if _ORIGINS.get(origin) == version and said is not None and offender is not None:
            yield Echoed(said, *asked, destination=destination.partition("%")[0]), offender


def _address_in(version: int, sockaddr: bytes) -> str | None:
    at, size = _ADDRESS_AT[version], 4 if version == 4 else 16
    raw = sockaddr[at : at + size]
    return str(ipaddress.ip_address(raw)) if len(raw) == size else None


def _own_address(address: IpAddress) -> str | None:
    """Return the address that packets to `address` leave with; nothing is sent (connect(2))."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((str(address), 9))
            return str(sock.getsockname()[0])
    except OSError:
        return None
