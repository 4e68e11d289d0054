"""Names in the place of names: stable inside, of the same class, and unlike in every bundle."""

import ipaddress
import random

from hypothesis import given
from hypothesis import strategies as st

from monitor.share.pseudonyms import Pseudonyms

ADDRESSES = st.ip_addresses().map(str)
NOBODYS = tuple(
    ipaddress.ip_network(range_)
    for range_ in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def fresh(seed: int = 0) -> Pseudonyms:
    return Pseudonyms(random.Random(seed).randrange)


@given(st.lists(ADDRESSES, max_size=40, unique=True), st.integers())
def test_an_address_becomes_one_of_nobody_of_its_own_family_and_class(
    addresses: list[str], seed: int
) -> None:
    names = fresh(seed)
    new = {raw: names.address(raw) for raw in addresses}
    assert len(set(new.values())) == len(addresses)
    for raw, name in new.items():
        was, now = ipaddress.ip_address(raw), ipaddress.ip_address(str(name))
        if was.is_loopback or was.is_unspecified:
            assert now == was
            continue
        assert now.version == was.version
        assert any(now in range_ for range_ in NOBODYS if range_.version == now.version)
        is_private_one = str(now).startswith(("192.0.2.", "2001:db8:1::"))
        assert is_private_one is not was.is_global
        assert names.address(raw) == name


def test_a_house_of_five_hundred_addresses_still_has_one_for_each() -> None:
    names = fresh()
    new = {names.address(f"10.0.{i // 250}.{i % 250}") for i in range(500)}
    assert len(new) == 500


def test_what_is_no_address_is_told_apart() -> None:
    assert fresh().address("mybank") is None
    assert fresh().address("fe80::1%wlan0") == fresh().address("fe80::1")


def test_two_bundles_call_the_same_network_otherwise() -> None:
    """With ninety numbers to draw from, ten names in a row are never all the same."""
    raw = [f"home {i}" for i in range(10)]
    first, second = fresh(1), fresh(2)
    assert [first.name("network", r) for r in raw] != [second.name("network", r) for r in raw]


def test_more_names_than_numbers_to_draw_from() -> None:
    names = fresh()
    assert len({names.name("network", str(i)) for i in range(1000)}) == 1000


def test_what_was_replaced_is_counted_where_it_stands() -> None:
    names = fresh()
    network, address = names.name("network", "home"), names.address("10.0.0.7")
    names.name("note", "is in no file")
    told = [
        (r.kind, r.names, r.times)
        for r in names.replaced([f"on {network}, {network}.", f'"{address}"'])
    ]
    assert told == [("address", 1, 1), ("network", 1, 2)]
