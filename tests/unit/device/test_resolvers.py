"""Who resolves names, from each system's words."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.device.resolvers import (
    RESOLVERS_KEY,
    ResolverReader,
    resolvers_from_ipconfig,
    resolvers_from_resolv_conf,
    resolvers_from_scutil,
)
from monitor.device.route import Link

Recorded = Callable[[str], str]


def test_resolv_conf_keeps_the_local_stub(recorded: Recorded) -> None:
    assert resolvers_from_resolv_conf(recorded("resolv_conf")) == ("127.0.0.53", "fe80::1%eth0")


def test_scutil_leaves_out_one_domains_resolvers(recorded: Recorded) -> None:
    assert resolvers_from_scutil(recorded("scutil_dns")) == ("192.168.1.1", "fe80::1%en0")


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("ipconfig_zh", "192.168.1.23", ("fe80::1%12", "192.168.1.1", "223.5.5.5")),
        ("ipconfig_zh", None, ("10.9.9.9", "fe80::1%12", "192.168.1.1", "223.5.5.5")),
        ("ipconfig_en", "192.168.1.23", ("192.168.1.1", "198.51.100.53")),
        ("ipconfig_en", "192.0.2.1", ("192.168.1.1", "198.51.100.53")),
    ],
)
def test_ipconfig(
    recorded: Recorded, name: str, own: str | None, expected: tuple[str, ...]
) -> None:
    assert resolvers_from_ipconfig(recorded(name), own) == expected


def test_nothing_said_is_nobody() -> None:
    assert resolvers_from_resolv_conf("") == ()
    assert resolvers_from_scutil("No DNS configuration available\n") == ()
    assert resolvers_from_ipconfig("", None) == ()


class System:
    """A link and resolvers to be changed, and a count of the questions."""

    def __init__(self, file: Path) -> None:
        self.link = Link()
        self.addresses: tuple[str, ...] = ("192.168.1.1", "223.5.5.5")
        self.asked_count = 0
        self.reader = ResolverReader(lambda: self.link, self.resolvers, file)

    def resolvers(self) -> tuple[str, ...]:
        self.asked_count += 1
        return self.addresses


def test_the_system_is_asked_again_only_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("")
    system = System(file)
    for _ in range(3):
        assert system.reader.read() == {RESOLVERS_KEY: "192.168.1.1,223.5.5.5"}
    assert system.asked_count == 1
    system.addresses = ("10.0.0.1",)
    system.link = Link(gateway="10.0.0.1")
    assert system.reader.read() == {RESOLVERS_KEY: "10.0.0.1"}
    system.addresses = ("10.0.0.2",)
    os.utime(file, ns=(0, 12345))
    assert system.reader.read() == {RESOLVERS_KEY: "10.0.0.2"}
    file.unlink()
    system.addresses = ()
    assert system.reader.read() == {RESOLVERS_KEY: None}


def test_where_nobody_was_known_the_system_is_asked_again(tmp_path: Path) -> None:
    system = System(tmp_path / "none")
    system.addresses = ()
    assert system.reader.read() == {RESOLVERS_KEY: None}
    system.addresses = ("10.0.0.1",)
    assert system.reader.read() == {RESOLVERS_KEY: "10.0.0.1"}
