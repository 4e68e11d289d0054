"""The ICMP door in a network of its own: never a false reply, never a late one, right times."""

import os
import re
import resource
import statistics
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from monitor.model import Outcome, ProbeKind, Role, Target
from monitor.probes.icmp import IcmpProbe
from monitor.probes.interface import ProbeError, Reading
from tests.integration.namespace import (
    HOST_UNREACHABLE,
    TIME_EXCEEDED,
    Answers,
    after,
    allow_datagram_icmp,
    echo_reply,
    icmp_error,
    in_namespace,
    ip_packet,
    run,
    tun_hosts,
)

pytestmark = pytest.mark.lab

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
HOST, OTHER, ROUTER = "10.9.0.2", "10.9.0.3", "10.9.0.254"
NOBODY = 65534
SLACK_MS = 500
"""What a loaded machine may add; the clock is stepped by hours."""


def target(host: str) -> Target:
    return Target("x", Role.ANCHOR, ProbeKind.ICMP, host)


def ping(host: str, timeout_s: float = 0.3) -> Reading:
    return IcmpProbe().ask(target(host), timeout_s)


@pytest.fixture(params=["datagram", "raw"])
def within(request: pytest.FixtureRequest) -> Callable[[Callable[[], T]], T]:
    """Run in a namespace where this kind of socket is the one that the door opens."""

    def go(work: Callable[[], T]) -> T:
        def prepared() -> T:
            allow_datagram_icmp(request.param == "datagram")
            return work()

        return in_namespace(prepared)

    return go


Within = Callable[[Callable[[], T]], T]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_host_that_answers(within: Within[Reading], host: str) -> None:
    reading = within(lambda: ping(host))
    assert reading.outcome is Outcome.REPLY
    assert reading.rtt_ms is not None
    assert 0 < reading.rtt_ms < 50


def test_a_late_reply_is_nobodys(within: Within[list[Outcome]]) -> None:
    """Slow host (0.3 s, time-out 0.2 s), then a dead one, then the slow one again."""

    def work() -> list[Outcome]:
        probe = IcmpProbe()
        with tun_hosts({HOST: after(0.3)}):
            return [
                probe.ask(target(host), timeout_s).outcome
                for host, timeout_s in [(HOST, 0.2), (OTHER, 0.3), (HOST, 0.2), (HOST, 0.2)]
            ]

    assert within(work) == [Outcome.TIMEOUT] * 4


def test_a_reply_from_another_host_does_not_count(within: Within[Outcome]) -> None:
    def forge(packet: bytes) -> Answers:
        return [(0.0, echo_reply(packet, source=OTHER))]

    def work() -> Outcome:
        with tun_hosts({HOST: forge}):
            return ping(HOST).outcome

    assert within(work) is Outcome.TIMEOUT


def test_an_echo_of_an_older_question_does_not_count(within: Within[Outcome]) -> None:
    """Same id and sequence, but the stamp inside is older than the question."""

    def replay(packet: bytes) -> Answers:
        return [(0.0, echo_reply(packet, payload=bytes(56)))]

    def work() -> Outcome:
        with tun_hosts({HOST: replay}):
            return ping(HOST).outcome

    assert within(work) is Outcome.TIMEOUT


def test_packets_cut_short_are_passed_over(within: Within[Outcome]) -> None:
    def cut_then_whole(packet: bytes) -> Answers:
        short = [ip_packet(HOST, kind, 0, bytes(4)) for kind in (0, 3, 11)]
        short.append(echo_reply(packet, payload=b""))
        return [*((0.0, one) for one in short), (0.02, echo_reply(packet))]

    def work() -> Outcome:
        with tun_hosts({HOST: cut_then_whole}):
            return ping(HOST).outcome

    assert within(work) is Outcome.REPLY


@pytest.mark.parametrize("kind", [HOST_UNREACHABLE, TIME_EXCEEDED])
def test_a_routers_error_is_unreachable(within: Within[Reading], kind: tuple[int, int]) -> None:
    def refuse(packet: bytes) -> Answers:
        return [(0.0, icmp_error(packet, ROUTER, kind))]

    def work() -> Reading:
        with tun_hosts({HOST: refuse}):
            return ping(HOST, 2.0)

    reading = within(work)
    assert reading == Reading(Outcome.UNREACHABLE, None, "No route to host")


def test_an_error_about_another_packet_changes_nothing(within: Within[Outcome]) -> None:
    """A trace route of another program to the same host: its errors reach a raw socket too."""

    def foreign_then_reply(packet: bytes) -> Answers:
        sequence = int.from_bytes(packet[26:28], "big") ^ 1
        foreign = icmp_error(packet, ROUTER, TIME_EXCEEDED, sequence)
        return [(0.0, foreign), (0.01, foreign), (0.05, echo_reply(packet))]

    def work() -> Outcome:
        with tun_hosts({HOST: foreign_then_reply}):
            return ping(HOST).outcome

    assert within(work) is Outcome.REPLY


def test_the_time_out_holds_and_costs_no_cpu(within: Within[tuple[float, float]]) -> None:
    def work() -> tuple[float, float]:
        with tun_hosts({}):
            began_s, cpu_s = time.monotonic(), time.thread_time()
            assert ping(HOST, 0.5) == Reading(Outcome.TIMEOUT)
            return time.monotonic() - began_s, time.thread_time() - cpu_s

    elapsed_s, cpu_s = within(work)
    assert 0.5 <= elapsed_s < 0.6
    assert cpu_s < 0.05


@pytest.mark.parametrize("host", ["203.0.113.1", "2001:db8::1"])
def test_no_route_is_unreachable(within: Within[Reading], host: str) -> None:
    reading = within(lambda: ping(host))
    assert (reading.outcome, reading.rtt_ms) == (Outcome.UNREACHABLE, None)
    assert reading.detail


def test_a_firewall_of_this_device_is_not_the_network(within: Within[Reading]) -> None:
    def work() -> Reading:
        run("nft", "add table ip t; add chain ip t o { type filter hook output priority 0; };"
                   "add rule ip t o ip daddr 127.0.0.9 drop")  # fmt: skip
        return ping("127.0.0.9")

    assert within(work) == Reading(Outcome.NOT_MEASURED, None, "Operation not permitted")


@pytest.mark.parametrize("host", ["", "localhost", "0.0.0.0", "::", "224.0.0.1", "ff02::1"])
def test_only_the_address_of_one_host_is_asked(host: str) -> None:
    assert ping(host).outcome is Outcome.NOT_MEASURED


def test_a_broadcast_address_is_not_asked(within: Within[Reading]) -> None:
    def work() -> Reading:
        with tun_hosts({}):
            return ping("10.9.0.255")

    assert within(work).outcome is Outcome.NOT_MEASURED


def test_round_trips_equal_those_of_the_ping_command(within: Within[tuple[float, float]]) -> None:
    """On loopback both measure the same path; design: within 0.2 ms."""

    def work() -> tuple[float, float]:
        probe = IcmpProbe()
        ours = [probe.ask(target("127.0.0.1"), 1.0).rtt_ms or -1.0 for _ in range(40)]
        text = run("ping", "-c", "40", "-i", "0.005", "127.0.0.1")
        theirs = [float(ms) for ms in re.findall(r"time=([\d.]+) ms", text)]
        return statistics.median(ours), statistics.median(theirs)

    ours_ms, theirs_ms = within(work)
    assert abs(ours_ms - theirs_ms) < 0.2


def test_a_busy_python_thread_does_not_lengthen_round_trips(within: Within[list[float]]) -> None:
    """Without the kernel's stamps the median is 5 ms too long: the interpreter's switch time."""

    def work() -> list[float]:
        stop = threading.Event()

        def be_busy() -> None:
            while not stop.is_set():
                sum(range(1000))

        busy = threading.Thread(target=be_busy)
        busy.start()
        try:
            probe = IcmpProbe()
            return sorted(probe.ask(target("127.0.0.1"), 1.0).rtt_ms or -1.0 for _ in range(40))
        finally:
            stop.set()
            busy.join()

    rtts_ms = within(work)
    assert rtts_ms[0] > 0
    assert rtts_ms[-4] < 0.5  # nine in ten; the machine's own load may spoil the rest


def test_many_threads_lose_nothing(within: Within[list[Reading]]) -> None:
    def work() -> list[Reading]:
        probe = IcmpProbe()
        readings: list[Reading] = []

        def ask_often(host: str) -> None:
            for _ in range(12):
                readings.append(probe.ask(target(host), 1.0))
                time.sleep(0.25 - 0.02)  # the rate of four a second

        hosts = [f"10.9.0.{10 + number}" for number in range(10)]
        with tun_hosts({host: after(0.02) for host in hosts}):
            threads = [threading.Thread(target=ask_often, args=(host,)) for host in hosts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return readings

    readings = within(work)
    assert len(readings) == 120
    assert {reading.outcome for reading in readings} == {Outcome.REPLY}
    assert all(20 <= (reading.rtt_ms or 0) < 60 for reading in readings)


def test_descriptors_beyond_1024() -> None:
    """select(2) would refuse them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        reading = in_namespace(lambda: ping("127.0.0.1"))
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert reading.outcome is Outcome.REPLY


AS_NOBODY = f"""
import os
from monitor.model import ProbeKind, Role, Target
from monitor.probes.icmp import IcmpProbe
from monitor.probes.interface import ProbeError
"name".encode("idna")  # loaded while the library can still be read
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
for host in ("127.0.0.1", "::1"):
    try:
        print(IcmpProbe().ask(Target("x", Role.ANCHOR, ProbeKind.ICMP, host), 1.0).outcome)
    except ProbeError as error:
        print("ProbeError:", error)
"""


@pytest.mark.parametrize("allowed", [True, False])
def test_an_ordinary_user(allowed: bool) -> None:
    def work() -> list[str]:
        allow_datagram_icmp(allowed)
        return run_python(AS_NOBODY).splitlines()

    lines = in_namespace(work)
    if allowed:
        assert lines == ["reply", "reply"]
    else:
        assert len(lines) == 2
        assert all("ProbeError" in line and "ping_group_range" in line for line in lines)


def test_probe_error_is_what_the_contract_names() -> None:
    assert issubclass(ProbeError, Exception)


CLOCK_STEP = """
import os, threading, time
from monitor.model import ProbeKind, Role, Target
from monitor.probes.icmp import IcmpProbe

def step(offset):
    with open(os.environ["FAKETIME_TIMESTAMP_FILE"], "w") as file:
        file.write(offset)

probe = IcmpProbe()
for offset in ("-3600", "+3600", "-31536000", "+31536000"):
    for host, timeout_s in (("10.9.0.2", 1.0), ("10.9.0.3", 0.4)):
        step("+0")
        wall, monotonic = time.time(), time.perf_counter()
        threading.Timer(0.1, step, (offset,)).start()
        reading = probe.ask(Target("x", Role.ANCHOR, ProbeKind.ICMP, host), timeout_s)
        elapsed_ms = (time.perf_counter() - monotonic) * 1000
        print(reading.outcome, reading.rtt_ms or elapsed_ms, abs(time.time() - wall) > 3000)
"""


def test_a_step_of_the_clock_changes_no_round_trip_and_no_time_out(tmp_path: Path) -> None:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    step_file = tmp_path / "step"
    step_file.write_text("+0")
    environment = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(step_file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    def work() -> list[str]:
        with tun_hosts({HOST: after(0.3)}):
            return run_python(CLOCK_STEP, environment).splitlines()

    lines = in_namespace(work)
    assert len(lines) == 8
    for line, outcome, least_ms in zip(
        lines, ["reply", "timeout"] * 4, [300, 400] * 4, strict=True
    ):
        said, elapsed_ms, stepped = line.split()
        assert (said, stepped) == (outcome, "True"), line
        assert least_ms <= float(elapsed_ms) < least_ms + SLACK_MS, line


def run_python(code: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
