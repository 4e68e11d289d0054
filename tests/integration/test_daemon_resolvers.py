"""The system's resolvers, as the daemon finds them, asks them and records them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.running import LOOPBACK, NO_WALLET, Running
from tests.lab.namespaces import Namespace
from tests.needs import need_root
from tests.waiting import wait_until

CONFIG = (
    "interval_s = 0.2\n" + LOOPBACK.replace('[resolvers]\nhosts = ["127.0.0.1"]\n', "") + NO_WALLET
)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    need_root("ip")
    own = Namespace(f"ww-names-{os.getpid()}")
    own.create()
    yield own
    own.delete()


def asked(daemon: Running) -> set[str]:
    """The resolvers that have a sample."""
    rows = daemon.ask(
        "SELECT DISTINCT name FROM target WHERE role = 'resolver' AND id IN"
        " (SELECT target_id FROM sample)"
    )
    return {name for (name,) in rows}


def recorded(daemon: Running) -> list[str]:
    """What the timeline says of the resolvers, oldest first."""
    rows = daemon.ask("SELECT value FROM state_change WHERE key = 'network.resolvers' ORDER BY id")
    return [value for (value,) in rows]


@pytest.mark.lab
def test_the_systems_resolvers_are_asked_and_followed(tmp_path: Path, namespace: Namespace) -> None:
    namespace.write_config("resolv.conf", "nameserver 127.0.0.7\nnameserver 127.0.0.8\n")
    with Running(tmp_path / "data", CONFIG, prefix=namespace.command()) as daemon:
        assert asked(daemon) == {"system", "127.0.0.7", "127.0.0.8"}
        assert recorded(daemon) == ['"127.0.0.7,127.0.0.8"']
        namespace.write_config("resolv.conf", "nameserver 127.0.0.9\n")
        # A lease that brings the file changes the link, too.
        namespace.ip(
            "link add plug0 type veth peer name far0",
            "link set far0 up",
            "address add 10.9.9.2/24 dev plug0",
            "link set plug0 up",
            "route add default via 10.9.9.1",
        )
        wait_until(lambda: "127.0.0.9" in asked(daemon))
        assert recorded(daemon) == ['"127.0.0.7,127.0.0.8"', '"127.0.0.9"']


@pytest.mark.lab
def test_nobody_to_ask_is_no_trouble(tmp_path: Path, namespace: Namespace) -> None:
    namespace.write_config("resolv.conf", "")
    with Running(tmp_path / "data", CONFIG, prefix=namespace.command()) as daemon:
        wait_until(lambda: "system" in asked(daemon))
        assert recorded(daemon) == ["null"]
        code, _ = daemon.stop()
        assert code == 0
        assert not any("Traceback" in line for line in daemon.said)
