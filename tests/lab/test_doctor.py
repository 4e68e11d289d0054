"""The doctor on the lab's device: each fault is found as what it is, and in time.

The last test holds every packet that the running daemon sends beside the list that the doctor
prints: nothing leaves the machine but what stands there.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.lab import faults, plan
from tests.lab.daemon import Daemon
from tests.lab.namespaces import inside
from tests.lab.world import REPOSITORY, World
from tests.needs import need
from tests.waiting import wait_until

WHOLE_S = 15.0
"""What a user waits for at most, also where nothing answers."""
ETH_P_IP, ETH_P_ALL = 0x0800, 3
OUTGOING = 4
"""PACKET_OUTGOING of packet(7)."""
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp"}

NO_CAPABILITY = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
"""ip(8) itself is long done when this takes the right to open raw sockets away."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


class Answer:
    """What `doctor --json` said."""

    def __init__(self, told: dict[str, Any], took_s: float, exit_code: int) -> None:
        self.told, self.took_s, self.exit_code = told, took_s, exit_code

    def verdicts(self, code: str) -> set[str]:
        return {each["verdict"] for each in self.told["findings"] if each["code"] == code}

    def reasons(self, code: str) -> str:
        return " ".join(each["reason"] for each in self.told["findings"] if each["code"] == code)


def doctor(world: World, *wrapper: str) -> Answer:
    """Run the command on the device, with the daemon's configuration."""
    daemon = Daemon(world)
    config = world.folder / "doctor.toml"
    config.write_text(daemon._settings())
    words = ["--config", str(config), "--data-dir", str(world.folder / "none"), "--lang", "en"]
    line = [*wrapper, sys.executable, "-m", "monitor", *words, "doctor", "--json"]
    began_s = time.perf_counter()
    done = subprocess.run(
        world.device.command(*line),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=daemon._environment(),
        timeout=60,
        check=False,
    )
    took_s = time.perf_counter() - began_s
    assert done.stdout, done.stderr
    assert took_s < WHOLE_S
    return Answer(json.loads(done.stdout), took_s, done.returncode)


def test_a_healthy_network_has_nothing_to_mend_in_it(world: World) -> None:
    answer = doctor(world)
    wrong = [
        each
        for each in answer.told["findings"]
        if each["code"].startswith(("network.", "wallets."))
        and each["verdict"] in ("warn", "fail", "unknown")
    ]
    assert wrong == []
    assert answer.exit_code == 0
    assert answer.verdicts("wallets.host") <= {"ok", "note"}  # the lab's certificate ends soon
    assert "CGNAT" in answer.reasons("network.nat")


def test_pings_that_are_not_allowed(world: World) -> None:
    need("setpriv")
    world.device.run("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    try:
        answer = doctor(world, *NO_CAPABILITY)
    finally:
        world.device.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    assert answer.verdicts("network.icmp") == {"fail"}
    [mend] = [e["mend"] for e in answer.told["findings"] if e["code"] == "network.icmp"]
    assert "ping_group_range" in mend
    assert "ok" in answer.verdicts("network.anchors")  # by TCP


def test_a_sign_in_page(world: World) -> None:
    world.web("redirect")
    try:
        answer = doctor(world)
    finally:
        world.web("204")
    assert answer.verdicts("network.portal") == {"fail"}


def test_a_resolver_that_makes_answers_up(world: World) -> None:
    world.dns("lie")
    try:
        answer = doctor(world)
    finally:
        world.dns("answer")
    assert answer.verdicts("network.interception") == {"warn"}


@contextmanager
def rules(world: World, chain: str) -> Iterator[None]:
    """Load a chain on the router, and take it away again."""
    world.router.nft(f"table ip doctor {{ chain it {{ {chain}\n}}\n}}")
    try:
        yield
    finally:
        world.router.nft("delete table ip doctor")


def test_somebody_on_the_way_who_answers_all_dns(world: World) -> None:
    steal = f"type nat hook prerouting priority dstnat; udp dport 53 dnat to {plan.DNS_ADDRESS};"
    with rules(world, steal):
        answer = doctor(world)
    assert answer.verdicts("network.interception.way") == {"warn"}
    assert answer.verdicts("network.resolvers") == {"ok"}


def test_a_router_behind_a_router(world: World) -> None:
    world.provider.ip(f"addr add 10.44.0.1/30 dev {plan.PROVIDER_DOWN}")
    world.router.ip(
        f"addr add 10.44.0.2/30 dev {plan.ROUTER_WAN}",
        "route replace default via 10.44.0.1 src 10.44.0.2",
    )
    try:
        answer = doctor(world)
    finally:
        world.router.ip(
            f"route replace default via {plan.PROVIDER_ADDRESS}",
            f"addr del 10.44.0.2/30 dev {plan.ROUTER_WAN}",
        )
        world.provider.ip(f"addr del 10.44.0.1/30 dev {plan.PROVIDER_DOWN}")
    assert answer.verdicts("network.nat") == {"note"}
    assert "behind a router" in answer.reasons("network.nat")


@pytest.mark.parametrize(("is_told", "verdict"), [(True, "note"), (False, "warn")])
def test_a_narrow_way_behind_the_router(world: World, is_told: bool, verdict: str) -> None:
    world.router.ip(f"link set {plan.ROUTER_WAN} mtu 1400")
    mute = "type filter hook output priority filter; icmp type destination-unreachable drop;"
    silence = rules(world, mute if not is_told else "type filter hook output priority filter;")
    try:
        with silence:
            answer = doctor(world)
    finally:
        world.router.ip(f"link set {plan.ROUTER_WAN} mtu 1500")
        world.device.ip("route flush cache")
    assert answer.verdicts("network.mtu") == {verdict}
    assert "1400" in answer.reasons("network.mtu")


def test_ipv6_that_leads_nowhere(world: World) -> None:
    world.device.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
    world.device.ip(
        f"addr add fd44::2/64 dev {plan.DEVICE_INTERFACE} nodad",
        "route add default via fd44::1",
    )
    try:
        answer = doctor(world)
    finally:
        world.device.ip(f"addr del fd44::2/64 dev {plan.DEVICE_INTERFACE}")
    assert answer.verdicts("network.ipv6") == {"warn"}


def test_everything_dead_ends_in_time_with_an_f(world: World) -> None:
    for fault in (faults.GATEWAY_DEAD, faults.LINK_DOWN):
        fault.begin(world)
        try:
            answer = doctor(world)
        finally:
            fault.end(world)
        assert answer.told["grade"] == "F"
        assert answer.exit_code == 1
        assert answer.told["leaves"]


def test_the_daemon_sends_nothing_that_is_not_on_the_list() -> None:
    """Quiet times and a fault: each packet's protocol, far end and port stand on the list."""
    with World() as world:
        listed = {
            (each["protocol"], address, each["port"])
            for each in doctor(world).told["leaves"]
            for address in each["addresses"]
        }
        anchors = {
            (p, a, n) for a in plan.ANCHOR_ADDRESSES for p, n in (("icmp", None), ("tcp", 53))
        }
        usual = anchors | {
            ("icmp", plan.GATEWAY_ADDRESS, None),
            ("tcp", plan.GATEWAY_ADDRESS, 53),
            ("udp", plan.DNS_ADDRESS, 53),
            ("tcp", plan.WEB_ADDRESS, plan.WEB_PORT),
            ("tcp", plan.BANK_ADDRESS, plan.BANK_PORT),
            ("icmp", plan.BANK_ADDRESS, None),
        }
        with Capture(world) as capture, Daemon(world):
            wait_until(lambda: capture.sent >= usual, 30, "all that is asked in quiet times")
            faults.BANK_DEAD.begin(world)
            wait_until(lambda: capture.ttls & {1, 2, 3}, 30, "the walk")
            faults.BANK_DEAD.end(world)
    assert capture.sent - listed == set()


class Capture:
    """Every IP packet that leaves the device, by protocol, far end and port."""

    def __init__(self, world: World) -> None:
        self.sent: set[tuple[str, str, int | None]] = set()
        self.ttls: set[int] = set()
        with inside(world.device):
            self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._sock.settimeout(0.2)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Capture":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._sock.close()

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                packet, (interface, protocol, kind, *_rest) = self._sock.recvfrom(2000)
            except TimeoutError:
                continue
            if kind == OUTGOING and interface != "lo" and protocol == ETH_P_IP:
                self._take(packet)

    def _take(self, packet: bytes) -> None:
        protocol = PROTOCOLS.get(packet[9], str(packet[9]))
        head = 4 * (packet[0] & 0x0F)
        if protocol == "icmp" and packet[head] != 8:
            return  # not ours: the kernel's own answer to somebody
        port = None if protocol == "icmp" else int.from_bytes(packet[head + 2 : head + 4], "big")
        self.ttls.add(packet[8])
        self.sent.add((protocol, socket.inet_ntoa(packet[16:20]), port))
