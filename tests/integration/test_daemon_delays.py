"""Whatever keeps silent or hangs, the other series go on at their times."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.integration.running import LOOPBACK, NO_WALLET, Running
from tests.integration.wallet_tls_server import TlsServer, issue
from tests.lab.namespaces import Namespace
from tests.needs import need_root
from tests.waiting import wait_until

SILENT = [f"10.77.0.{number}" for number in range(1, 31)]
WATCHED_S = 30


@pytest.fixture
def silent_neighbours() -> Iterator[Namespace]:
    """A network whose only neighbours take every packet and never answer."""
    need_root("ip")
    namespace = Namespace(f"ww-silent-{os.getpid()}")
    namespace.create()
    namespace.ip(
        "link add plug0 type veth peer name far0",
        "link set plug0 arp off up",  # no neighbour is looked for: the packets do leave
        "link set far0 arp off up",
        "address add 10.77.0.254/24 dev plug0",
    )
    yield namespace
    namespace.delete()


@pytest.mark.lab
def test_thirty_silent_targets_cost_the_others_no_sample(
    tmp_path: Path, silent_neighbours: Namespace
) -> None:
    anchors = ", ".join(f'"{host}"' for host in SILENT)
    config = LOOPBACK.replace('[anchors]\nhosts = ["127.0.0.1"]', f"[anchors]\nhosts = [{anchors}]")
    prefix = silent_neighbours.command()
    with Running(
        tmp_path / "data", "interval_s = 1.0\n" + config + NO_WALLET, prefix=prefix
    ) as daemon:
        first_ms = daemon.sample_times("role = 'gateway'")[-1]
        # the grid begins once the first round is over, which thirty silent targets hold up
        end_ms = first_ms + (WATCHED_S + 5) * 1000
        wait_until(lambda: daemon.sample_times("role = 'gateway'")[-1] > end_ms, WATCHED_S + 30)
        for role in ("gateway", "resolver"):
            # The very first round is asked at once, the grid begins after it; a router's TCP
            # question has a pace of its own.
            times = daemon.sample_times(f"role = '{role}' AND probe != 'tcp'")[1:]
            seconds = round((times[-1] - times[0]) / 1000)
            assert seconds >= WATCHED_S
            assert len(times) == seconds + 1, [b - a for a, b in pairwise(times)]
            assert max(after - before for before, after in pairwise(times)) < 1_500
        silent = daemon.ask("SELECT count(*) FROM target WHERE role = 'anchor' AND probe = 'icmp'")
        assert silent == [(len(SILENT),)]
        anchors_heard = daemon.ask(
            "SELECT count(*) FROM sample JOIN target ON target.id = target_id"
            " WHERE role = 'anchor' AND rtt_us IS NOT NULL"
        )
        assert anchors_heard == [(0,)]


@contextmanager
def silent_bus(path: Path) -> Iterator[list[socket.socket]]:
    """A session bus that accepts whoever comes and never says a word."""
    taken: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(16)

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield taken
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in taken:
                connection.close()


@pytest.mark.skipif(os.name != "posix", reason="a session bus is D-Bus's")
def test_a_stuck_notification_server_delays_no_sample(tmp_path: Path) -> None:
    bank = TlsServer(issue(tmp_path, "127.0.0.1", "bank").chain_file)
    config = "interval_s = 0.5\n" + LOOPBACK.replace("enabled = false", "enabled = true")
    config += f'[wallets.icbc]\nhosts = ["127.0.0.1:{bank.port}"]\n'
    config += f'ca_file = "{tmp_path / "bank-ca.pem"}"\n'
    env = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path / 'bus'}", "DISPLAY": ":99"}
    with (
        silent_bus(tmp_path / "bus") as taken,
        Running(tmp_path / "data", config, env=env) as daemon,
    ):
        wait_until(daemon.has_session)
        bank.refuse()
        bank.reset_all()
        wait_until(lambda: taken, 60, "a notice on its way")
        told = "SELECT delivery FROM notice WHERE delivery != 'pending'"
        wait_until(lambda: daemon.ask(told), 30, "the server to be given up")
        assert daemon.ask(told) in ([("unknown",)], [("failed",)], [("logged",)])
        assert daemon.longest_ms() < 1_000
        code, took_s = daemon.stop()
        assert (code, took_s < 2.0) == (0, True)
        assert "Traceback" not in "".join(daemon.said)
        assert sum("notice (" in line for line in daemon.said) == 1
    bank.stop()
