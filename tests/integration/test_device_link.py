"""The link and its watcher in a network namespace of the test's own, with real cables (veth)."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from monitor.device.link import link_reader
from monitor.device.registry import readers
from monitor.device.resolvers import system_resolvers
from monitor.device.watch_link_linux import LinuxLinkWatcher
from monitor.model import StateValue
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux' own interfaces")

TOLD_WITHIN_S = 0.5
"""It takes about 20 ms, of which `ip` itself takes half; the rest is for a machine under load."""
CARRIER_TOLD_WITHIN_S = 1.5
"""The kernel itself keeps a carrier's change back for up to 1 s after another one anywhere."""
PATIENCE_S = 10.0

WATCH = """
import json, sys, time
from monitor.device.link_linux import read_link
from monitor.device.watch_link_linux import LinuxLinkWatcher

def told(values):
    print(json.dumps([time.monotonic(), dict(values)]), flush=True)

def read():
    print(json.dumps([time.monotonic(), None]), flush=True)
    return read_link()

watcher = LinuxLinkWatcher(read)
watcher.start(told)
sys.stdin.read()
watcher.stop()
"""
READ = """
import json
from monitor.device.link import link_reader
print(json.dumps(dict(link_reader().read())))
"""

_numbers = count()


class Namespace:
    """A device with a cable to a router; `ip` runs in the device's namespace."""

    def __init__(self) -> None:
        self.name = f"wwdev{os.getpid()}n{next(_numbers)}"
        self.router = f"{self.name}r"
        for name in (self.name, self.router):
            _run("ip", "netns", "add", name)
        self.ip("link", "add", "eth0", "type", "veth", "peer", "eth0", "netns", self.router)
        self.ip("addr", "add", "192.0.2.10/24", "dev", "eth0")
        self.ip("link", "set", "eth0", "up")
        _run("ip", "-n", self.router, "link", "set", "eth0", "up")
        self.ip("route", "add", "default", "via", "192.0.2.1", "metric", "100")

    def ip(self, *arguments: str) -> float:
        """Run `ip` in the device and return the instant before it."""
        began = time.monotonic()
        _run("ip", "-n", self.name, *arguments)
        return began

    def unplug(self) -> float:
        """Switch the router's end off: the device loses its carrier."""
        began = time.monotonic()
        _run("ip", "-n", self.router, "link", "set", "eth0", "down")
        return began

    def read(self) -> Mapping[str, StateValue]:
        values: Mapping[str, StateValue] = json.loads(self._python(READ).communicate()[0])
        return values

    def watch(self) -> "Watched":
        return Watched(self._python(WATCH))

    def _python(self, code: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def close(self) -> None:
        for name in (self.name, self.router):
            _run("ip", "netns", "del", name)


class Watched:
    """A watcher in its own process; what it tells comes as (instant, values)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.skipped = 0
        """How many other states were told before the last one waited for."""
        self.reads = 0
        """How often the watcher looked."""
        self._process = process
        self._lines: queue.Queue[tuple[float, dict[str, Any]]] = queue.Queue()
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            instant, values = json.loads(line)
            if values is None:
                self.reads += 1
            else:
                self._lines.put((instant, values))

    def until(self, **expected: StateValue) -> float:
        """Return the instant at which values were told that hold these (`up=False`)."""
        deadline = time.monotonic() + PATIENCE_S
        seen: list[dict[str, Any]] = []
        while (left := deadline - time.monotonic()) > 0:
            try:
                instant, values = self._lines.get(timeout=left)
            except queue.Empty:
                break
            seen.append(values)
            if all(values[f"link.{key}"] == value for key, value in expected.items()):
                self.skipped = len(seen) - 1
                return instant
        pytest.fail(f"never told {expected}, but {seen}")

    def close(self) -> None:
        self._process.communicate()
        self._thread.join()


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    namespace = Namespace()
    yield namespace
    namespace.close()


@pytest.fixture
def watched(namespace: Namespace) -> Iterator[Watched]:
    watched = namespace.watch()
    watched.until(up=True)
    yield watched
    watched.close()


@pytest.mark.lab
def test_a_veth_with_a_default_route_is_ethernet(namespace: Namespace) -> None:
    assert namespace.read() == {
        "link.up": True,
        "link.kind": "ethernet",
        "link.interface": "eth0",
        "link.address": "192.0.2.10",
        "link.gateway": "192.0.2.1",
        "link.gateway_v6": None,
        "link.vpn": False,
    }


@pytest.mark.lab
def test_without_a_default_route_the_link_is_down(namespace: Namespace) -> None:
    namespace.ip("route", "del", "default")
    assert namespace.read()["link.up"] is False
    # A route that says "no" is not a way out.
    namespace.ip("route", "add", "unreachable", "default")
    assert namespace.read()["link.up"] is False


@pytest.mark.lab
def test_ipv6_alone_is_a_link(namespace: Namespace) -> None:
    namespace.ip("route", "del", "default")
    namespace.ip("addr", "add", "2001:db8::10/64", "dev", "eth0", "nodad")
    namespace.ip("-6", "route", "add", "default", "via", "fe80::1", "dev", "eth0")
    values = namespace.read()
    assert values["link.up"] is True
    assert values["link.address"] == "2001:db8::10"
    assert values["link.gateway"] is None
    assert values["link.gateway_v6"] == "fe80::1%eth0"


@pytest.mark.lab
@pytest.mark.parametrize("way", ["lower metric", "two halves", "policy rule"])
def test_a_tunnel_over_the_cable(namespace: Namespace, way: str) -> None:
    namespace.ip("tuntap", "add", "dev", "tun0", "mode", "tun")
    namespace.ip("link", "set", "tun0", "up")
    routes: dict[str, list[tuple[str, ...]]] = {
        "lower metric": [("route", "add", "default", "dev", "tun0", "metric", "50")],
        "two halves": [
            ("route", "add", "0.0.0.0/1", "dev", "tun0"),
            ("route", "add", "128.0.0.0/1", "dev", "tun0"),
        ],
        "policy rule": [
            ("route", "add", "default", "dev", "tun0", "table", "51820"),
            ("rule", "add", "table", "51820", "pref", "100"),
        ],
    }
    for command in routes[way]:
        namespace.ip(*command)
    values = namespace.read()
    assert values["link.vpn"] is True
    assert values["link.interface"] == "eth0"
    assert values["link.gateway"] == "192.0.2.1"
    assert values["link.kind"] == "ethernet"


@pytest.mark.lab
def test_a_default_route_that_only_a_policy_rule_knows(namespace: Namespace) -> None:
    namespace.ip("route", "del", "default")
    namespace.ip("route", "add", "default", "via", "192.0.2.1", "table", "77")
    namespace.ip("rule", "add", "table", "77", "pref", "100")
    values = namespace.read()
    assert (values["link.up"], values["link.gateway"]) == (True, "192.0.2.1")
    assert values["link.vpn"] is False


@pytest.mark.lab
def test_a_pulled_cable_is_told_at_once(namespace: Namespace, watched: Watched) -> None:
    began = namespace.unplug()
    assert watched.until(up=False, interface="eth0") - began < CARRIER_TOLD_WITHIN_S


@pytest.mark.lab
def test_a_pulled_cable_is_read_before_the_kernel_announces_it(namespace: Namespace) -> None:
    assert namespace.read()["link.up"] is True
    namespace.unplug()
    assert namespace.read()["link.up"] is False


@pytest.mark.lab
def test_an_interface_switched_off_and_on_is_told_at_once(
    namespace: Namespace, watched: Watched
) -> None:
    began = namespace.ip("link", "set", "eth0", "down")
    assert watched.until(up=False) - began < TOLD_WITHIN_S
    namespace.ip("link", "set", "eth0", "up")
    began = namespace.ip("route", "add", "default", "via", "192.0.2.1")
    assert watched.until(up=True) - began < TOLD_WITHIN_S


@pytest.mark.lab
def test_a_lost_default_route_is_told_at_once(namespace: Namespace, watched: Watched) -> None:
    began = namespace.ip("route", "del", "default")
    assert watched.until(up=False, gateway=None) - began < TOLD_WITHIN_S


@pytest.mark.lab
def test_another_address_and_router_are_told_at_once(
    namespace: Namespace, watched: Watched
) -> None:
    namespace.ip("addr", "add", "198.51.100.7/24", "dev", "eth0")
    began = namespace.ip("addr", "del", "192.0.2.10/24", "dev", "eth0")
    assert watched.until(address="198.51.100.7", gateway="192.0.2.1") - began < TOLD_WITHIN_S
    route = ("default", "via", "198.51.100.1", "metric", "100")
    began = namespace.ip("route", "replace", *route)
    told = watched.until(up=True, address="198.51.100.7", gateway="198.51.100.1")
    assert told - began < TOLD_WITHIN_S


@pytest.mark.lab
def test_interfaces_that_do_not_matter_are_not_told(namespace: Namespace, watched: Watched) -> None:
    for number in range(5):
        before = watched.reads
        namespace.ip("link", "add", f"br{number}", "type", "bridge")
        assert wait_until(lambda before=before: watched.reads > before)  # type: ignore[misc]
    namespace.unplug()
    watched.until(up=False)
    assert watched.skipped == 0


def test_the_machines_own_link_and_resolvers_are_plain_values() -> None:
    values = link_reader().read()
    assert values["link.up"] in (True, False, None)
    assert all(isinstance(address, str) for address in system_resolvers())


def test_a_thousand_rounds_leave_no_descriptor() -> None:
    every = readers()
    for reader in every:
        reader.read()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(1000):
        for reader in every:
            assert set(reader.read()) == set(reader.keys)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_round_is_cheap() -> None:
    every = readers()
    for reader in every:
        reader.read()
    began = time.process_time()
    for _ in range(100):
        for reader in every:
            reader.read()
    assert (time.process_time() - began) / 100 < 0.003


def test_the_watch_ends_at_once_and_can_begin_again() -> None:
    watcher = LinuxLinkWatcher()
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        told = threading.Event()
        watcher.start(lambda _values, told=told: told.set())  # type: ignore[misc]
        assert told.wait(PATIENCE_S)
        began = time.monotonic()
        watcher.stop()
        assert time.monotonic() - began < 0.5
    watcher.stop()
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/fd").iterdir())) == files
