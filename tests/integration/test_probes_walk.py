"""The walk to the first dead hop, through real routers and past forged answers."""

import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import TypeVar

import pytest

from monitor.probes.walk import MAX_HOPS, Path, walk
from tests.integration.namespace import (
    TIME_EXCEEDED,
    Answers,
    Rule,
    allow_datagram_icmp,
    echo_reply,
    icmp_error,
    in_namespace,
    ip_packet,
    run,
    tun_hosts,
)
from tests.needs import need_root
from tests.waiting import wait_until

pytestmark = pytest.mark.lab

T = TypeVar("T")
ROOT = File(__file__).parents[2]
BANK, OTHER = "10.9.0.2", "10.9.0.3"
BOUND_S = 3.0
NOBODY = 65534
DATAGRAM, RAW = "datagram", "raw"


LOADED = "from monitor.probes.walk import ProbeError, walk, Path\n"
AS_NOBODY = f"""{LOADED}import os
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
"""


@pytest.fixture(params=[DATAGRAM, RAW])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of socket that is allowed."""
    return str(request.param)


@dataclass(frozen=True)
class Chain:
    """Four hosts in a row, two of them routers; each is a network namespace."""

    names: tuple[str, ...]

    def host(self, place: int, version: int = 4) -> str:
        """The address of a host, on its side towards the first."""
        return f"10.77.{place}.2" if version == 4 else f"fd77:{place}::2"

    def run(self, place: int, *command: str) -> None:
        run("ip", "netns", "exec", self.names[place], *command)

    def drop(self, place: int, rule: str) -> None:
        """Drop in one host what an nftables rule says: "input", "output", "forward" first."""
        hook, _, match = rule.partition(" ")
        for line in (
            "add table inet fault",
            f"add chain inet fault {hook} {{ type filter hook {hook} priority 0 ; }}",
            f"add rule inet fault {hook} {match} drop",
        ):
            self.run(place, "nft", line)

    def walk(self, target: str, kind: str) -> Path:
        """Walk from the first host in a process of its own, as root or as nobody."""
        allowed = "0 2147483647" if kind == DATAGRAM else "1 0"
        self.run(0, "sysctl", "-qw", f"net.ipv4.ping_group_range={allowed}")
        code = f"{AS_NOBODY if kind == DATAGRAM else LOADED}print(repr(walk({target!r})))"
        command = ["ip", "netns", "exec", self.names[0]]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*command, sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=env,
        )
        assert done.returncode == 0, done.stderr
        path = eval(done.stdout, {"Path": Path})
        assert isinstance(path, Path)
        return path


@pytest.fixture
def chain() -> Iterator[Chain]:
    need_root("ip", "nft", "ping")
    names = tuple(f"ww-walk{place}-{os.getpid()}" for place in range(4))
    made = []
    try:
        for name in names:
            run("ip", "netns", "add", name)
            made.append(name)
        yield _joined(Chain(names))
    finally:
        for name in made:
            run("ip", "netns", "del", name)


def _joined(chain: Chain) -> Chain:
    for place, (left, right) in enumerate(zip(chain.names, chain.names[1:], strict=False), 1):
        ends = (("right", left, 1), ("left", right, 2))
        pair = ("type", "veth", "peer", "name", "left", "netns", right)
        run("ip", "link", "add", "name", "right", "netns", left, *pair)
        for device, name, number in ends:
            ip = ["ip", "-n", name]
            run(*ip, "link", "set", "lo", "up")
            run(*ip, "address", "add", f"10.77.{place}.{number}/24", "dev", device)
            run(*ip, "address", "add", f"fd77:{place}::{number}/64", "dev", device, "nodad")
            run(*ip, "link", "set", device, "up")
    for place in range(4):
        chain.run(place, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
        chain.run(place, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        if place < 3:
            _default(chain, place, f"10.77.{place + 1}.2", f"fd77:{place + 1}::2")
        else:
            _default(chain, place, "10.77.3.1", "fd77:3::1")
    for prefix in ("10.77.1.0/24", "fd77:1::/64"):
        via = "10.77.2.1" if "." in prefix else "fd77:2::1"
        run("ip", "-n", chain.names[2], "route", "add", prefix, "via", via)
    # IPv6 hosts ask around for a second or two before they use an address (RFC 4862).
    wait_until(lambda: _is_whole(chain), what="a way that is whole")
    return chain


def _is_whole(chain: Chain) -> bool:
    ping = ["ip", "netns", "exec", chain.names[0], "ping", "-c1", "-W1", chain.host(3, 6)]
    return subprocess.run(ping, capture_output=True, check=False).returncode == 0


def _default(chain: Chain, place: int, via: str, via_v6: str) -> None:
    run("ip", "-n", chain.names[place], "route", "add", "default", "via", via)
    run("ip", "-n", chain.names[place], "-6", "route", "add", "default", "via", via_v6)


def test_a_way_that_is_whole(chain: Chain, kind: str) -> None:
    target = chain.host(3)
    assert chain.walk(target, kind) == Path(target, 3, target, None)
    target = chain.host(3, 6)
    assert chain.walk(target, kind) == Path(target, 3, target, None)


@pytest.mark.parametrize("version", [4, 6])
def test_the_second_router_is_dead(chain: Chain, kind: str, version: int) -> None:
    protocol = "icmp" if version == 4 else "ipv6-icmp"
    match = f"meta l4proto {protocol}"
    if version == 6:  # the neighbours still find each other
        match = "icmpv6 type { echo-request, echo-reply, time-exceeded }"
    chain.drop(2, f"prerouting {match}")
    target = chain.host(3, version)
    assert chain.walk(target, kind) == Path(target, 1, chain.host(1, version), 2)


def test_the_target_alone_is_silent(chain: Chain, kind: str) -> None:
    chain.drop(3, "input meta l4proto icmp")
    target = chain.host(3)
    assert chain.walk(target, kind) == Path(target, 2, chain.host(2), 3)


def test_a_router_that_keeps_silent_but_forwards_is_not_dead(chain: Chain, kind: str) -> None:
    chain.drop(1, "output meta l4proto icmp")
    target = chain.host(3)
    assert chain.walk(target, kind) == Path(target, 3, target, None)


def test_a_router_that_knows_no_way_on(chain: Chain, kind: str) -> None:
    target = chain.host(3)
    run("ip", "-n", chain.names[2], "route", "add", "unreachable", f"{target}/32")
    assert chain.walk(target, kind) == Path(target, 2, chain.host(2), 3)


def test_no_way_out_of_this_machine(chain: Chain, kind: str) -> None:
    run("ip", "-n", chain.names[0], "route", "del", "default")
    target = chain.host(3)
    assert chain.walk(target, kind) == Path(target, 0, None, 1)


def test_not_even_the_first_router(chain: Chain, kind: str) -> None:
    chain.drop(1, "prerouting meta l4proto icmp")
    target = chain.host(3)
    assert chain.walk(target, kind) == Path(target, 0, None, 1)


# Hosts played by the test: what no real router does


def walked(kind: str, rule: Rule) -> tuple[Path | None, float, int]:
    """Return what a walk finds where `rule` answers, its seconds, and the packets it sent."""
    count = 0

    def counted(packet: bytes) -> Answers:
        nonlocal count
        count += 1
        return rule(packet)

    def work() -> tuple[Path | None, float]:
        allow_datagram_icmp(kind == DATAGRAM)
        with tun_hosts({BANK: counted}):
            began = time.perf_counter()
            return walk(BANK), time.perf_counter() - began

    need_root("ip")
    path, took_s = in_namespace(work)
    return path, took_s, count


def router(hop: int) -> str:
    return f"10.8.0.{hop}"


def way(hops: int, delay_s: float = 0.01) -> Rule:
    """A way of so many hops to the bank, each answering after its place times `delay_s`."""

    def rule(packet: bytes) -> Answers:
        ttl = packet[8]
        if ttl < hops:
            return [(delay_s * ttl, icmp_error(packet, router(ttl), TIME_EXCEEDED))]
        return [(delay_s * hops, echo_reply(packet))]

    return rule


@pytest.mark.parametrize("hops", [1, 5, MAX_HOPS])
def test_a_long_way_is_walked_in_time(kind: str, hops: int) -> None:
    path, took_s, count = walked(kind, way(hops, 0.02))
    assert path == Path(BANK, hops, BANK, None)
    assert took_s < BOUND_S
    assert count <= 2 * MAX_HOPS


def test_where_two_of_three_keep_silent_it_still_ends_in_time(kind: str) -> None:
    whole = way(99)
    path, took_s, _ = walked(kind, lambda p: whole(p) if p[8] % 3 == 0 else [])
    assert path == Path(BANK, 15, router(15), 16)
    assert took_s < BOUND_S


def test_the_second_question_makes_up_for_a_lost_one(kind: str) -> None:
    seen: set[int] = set()

    def rule(packet: bytes) -> Answers:
        is_first = packet[8] not in seen
        seen.add(packet[8])
        return [] if is_first else way(4)(packet)

    path, took_s, _ = walked(kind, rule)
    assert path == Path(BANK, 4, BANK, None)
    assert took_s < BOUND_S


def test_silence_costs_few_packets(kind: str) -> None:
    path, took_s, count = walked(kind, lambda packet: [])
    assert path == Path(BANK, 0, None, 1)
    assert took_s < 1.2
    assert count <= 12


def later(packet: bytes) -> int:
    """A sequence number behind all of the walk's."""
    return int((struct.unpack_from("!H", packet, 26)[0] + 2 * MAX_HOPS) & 0xFFFF)


def other_id(packet: bytes) -> bytes:
    changed = struct.pack("!H", struct.unpack_from("!H", packet, 24)[0] ^ 1)
    return packet[:24] + changed + packet[26:]


def to_other(packet: bytes) -> bytes:
    return packet[:16] + socket.inet_aton(OTHER) + packet[20:]


def other_payload(packet: bytes) -> bytes:
    """A quote that is long enough to show that it is not ours."""
    return ip_packet(router(1), *TIME_EXCEEDED, bytes(4) + packet[:28] + b"x" * 32)


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "another sequence": lambda p: icmp_error(p, router(1), TIME_EXCEEDED, 0),
    "a sequence not sent yet": lambda p: icmp_error(p, router(1), TIME_EXCEEDED, later(p)),
    "another id": lambda p: icmp_error(other_id(p), router(1), TIME_EXCEEDED),
    "to another host": lambda p: icmp_error(to_other(p), router(1), TIME_EXCEEDED),
    "another payload": other_payload,
    "a reply from another host": lambda p: echo_reply(p, source=OTHER),
    "a reply with another payload": lambda p: echo_reply(p, payload=b"x" * 32),
    "a reply cut short": lambda p: echo_reply(p, payload=b""),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_is_forged_is_not_believed(kind: str, name: str) -> None:
    path, _, _ = walked(kind, lambda packet: [(0.0, FORGERIES[name](packet))])
    assert path == Path(BANK, 0, None, 1)


ASK_WITHOUT_RIGHT = f"""{AS_NOBODY}
try:
    walk("127.0.0.1")
except ProbeError as error:
    print("told:", error)
"""


def test_without_the_right_it_says_so() -> None:
    need_root("ip")

    def work() -> str:
        allow_datagram_icmp(False)
        return run("env", f"PYTHONPATH={ROOT}", sys.executable, "-c", ASK_WITHOUT_RIGHT)

    assert in_namespace(work).startswith("told: this user may not send pings")


def test_a_local_firewall_says_nothing_about_the_way(kind: str) -> None:
    def work() -> Path | None:
        allow_datagram_icmp(kind == DATAGRAM)
        run("nft", "add table inet fault")
        chain = "{ type filter hook output priority 0 ; }"
        run("nft", f"add chain inet fault output {chain}")
        run("nft", "add rule inet fault output meta l4proto icmp drop")
        return walk("127.0.0.1")

    need_root("ip", "nft")
    assert in_namespace(work) is None
