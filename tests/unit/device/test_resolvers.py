"""Who resolves names, from each system's words."""

from collections.abc import Callable

import pytest

from monitor.device.resolvers import (
    resolvers_from_ipconfig,
    resolvers_from_resolv_conf,
    resolvers_from_scutil,
)

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
