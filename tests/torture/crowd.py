"""Hundreds of targets of which half are dead: the others must not notice."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from monitor.clock import SystemClock
from tests.integration.running import LOOPBACK, NO_WALLET, SAMPLES_OF, Running
from tests.lab.namespaces import Namespace
from tests.torture.bed import READY_S, Vitals, vitals
from tests.waiting import wait_until

STEP_S = 5.0
"""The product's own grid."""
TROUBLE_S = 15.0
"""One living host falls silent for this long, so that the closer look runs its whole time."""
DROP = """table ip trouble {{
    chain out {{ type filter hook output priority 0; ip daddr {host} drop; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was measured."""

    step_s: float
    targets: int
    heard: int
    watched_s: float
    points: int
    missing: int
    longest_ms: int
    close_questions: int
    """Asked in the busiest second, when the closer look ran."""
    busy_ratio: float
    vitals: Vitals


@contextmanager
def half_dead_network() -> Iterator[Namespace]:
    """A network whose loopback answers, and whose one neighbour takes packets and keeps silent."""
    namespace = Namespace(f"ww-crowd-{os.getpid()}")
    namespace.create()
    try:
        namespace.ip(
            "link add plug0 type veth peer name far0",
            "link set plug0 arp off up",
            "link set far0 arp off up",
            "address add 10.78.0.1/16 dev plug0",
        )
        yield namespace
    finally:
        namespace.delete()


def run(folder: Path, hosts: int, watched_s: float, step_s: float = STEP_S) -> Crowd:
    """Watch `hosts` hosts, each by ICMP and TCP, every second one dead."""
    folder.mkdir(exist_ok=True)
    alive = [f"127.7.{n // 200}.{n % 200 + 1}" for n in range(hosts // 2)]
    dead = [f"10.78.{n // 200 + 1}.{n % 200 + 1}" for n in range(hosts // 2)]
    names = ", ".join(f'"{host}"' for pair in zip(alive, dead, strict=True) for host in pair)
    config = LOOPBACK.replace('[anchors]\nhosts = ["127.0.0.1"]', f"[anchors]\nhosts = [{names}]")
    with (
        half_dead_network() as network,
        Running(
            folder / "data",
            f"interval_s = {step_s}\n{config}{NO_WALLET}",
            prefix=network.command(),
            ready_within_s=READY_S,
        ) as daemon,
    ):
        wait_until(lambda: daemon.sample_times("role = 'gateway'")[1:], 30)
        threading.Event().wait(2 * step_s)  # the grid begins
        began_ms, busy_before_s = SystemClock().wall_ms(), _busy_s(daemon.process.pid)
        threading.Event().wait(watched_s / 2)
        network.nft(DROP.format(host=alive[0]))  # now something is wrong: it is looked closer
        threading.Event().wait(TROUBLE_S)
        network.nft("delete table ip trouble\n")
        threading.Event().wait(max(0.0, watched_s / 2 - TROUBLE_S))
        busy_s = _busy_s(daemon.process.pid) - busy_before_s
        until_ms = SystemClock().wall_ms()
        took = vitals(daemon.process.pid)
        threading.Event().wait(step_s)  # what is in flight is stored
        rows = daemon.ask(
            SAMPLES_OF.replace("SELECT at_ms FROM", "SELECT target_id, at_ms FROM", 1)
            + " WHERE role = 'anchor' AND host LIKE '127.%'"
            f" AND at_ms BETWEEN {began_ms} AND {until_ms} ORDER BY target_id, at_ms"
        )
        busiest = daemon.ask(
            f"SELECT count(*) FROM ({SAMPLES_OF} WHERE at_ms > {began_ms})"
            " GROUP BY at_ms / 1000 ORDER BY 1 DESC LIMIT 1"
        )
    distances = [b - a for (one, a), (other, b) in pairwise(rows) if one == other]
    targets = {target for target, _ in rows}
    return Crowd(
        step_s=step_s,
        targets=2 * hosts,
        heard=len(targets),
        watched_s=watched_s,
        points=len(rows),
        missing=sum(max(0, round(each / (step_s * 1000)) - 1) for each in distances),
        longest_ms=max(distances),
        close_questions=busiest[0][0],
        busy_ratio=busy_s / watched_s,
        vitals=took,
    )


def _busy_s(pid: int) -> float:
    """Return the processor time of a process (proc(5): fields 14 and 15 in clock ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
