"""What a walk's answers tell, and that no bytes confuse the reading of ICMP."""

import ipaddress
import socket
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.probes.icmp_message import Echoed, Kind, message, request
from monitor.probes.walk import MAX_HOPS, Answer, Path, path_of, queued_errors

BANK, R1, R2, R9 = "203.0.113.7", "192.168.1.1", "10.0.0.1", "10.0.0.9"
PAYLOAD = b"0123456789abcdef"
V6_BANK = "2001:db8::7"


def expired(address: str) -> Answer:
    return Answer(Kind.EXPIRED, address)


def reply() -> Answer:
    return Answer(Kind.REPLY, BANK)


def unreachable(address: str) -> Answer:
    return Answer(Kind.UNREACHABLE, address)


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({}, Path(BANK, 0, None, 1)),
        ({1: expired(R1)}, Path(BANK, 1, R1, 2)),
        ({1: expired(R1), 3: expired(R9)}, Path(BANK, 3, R9, 4)),
        ({1: expired(R1), 3: reply(), 4: reply()}, Path(BANK, 3, BANK, None)),
        ({2: unreachable(R2), 1: expired(R1), 3: unreachable(R2)}, Path(BANK, 2, R2, 3)),
        ({1: expired(R1), 2: expired(R2), 3: unreachable(R2)}, Path(BANK, 2, R2, 3)),
        ({1: expired(R1), 2: unreachable(BANK)}, Path(BANK, 2, BANK, None)),
        ({h: expired(R9) for h in range(1, MAX_HOPS + 1)}, Path(BANK, MAX_HOPS, R9, None)),
    ],
    ids=[
        "nobody",
        "the router only",
        "one kept silent on the way",
        "reached",
        "no route there",
        "no neighbour there",
        "the bank refuses pings",
        "longer than the walk",
    ],
)
def test_the_path_that_answers_tell(answers: dict[int, Answer], path: Path) -> None:
    assert path_of(BANK, answers) == path


def ip_v4(payload: bytes, destination: str = BANK, *, protocol: int = 1, extra: int = 0) -> bytes:
    header = struct.pack(
        "!BBHHHBBH4s4s",
        *(0x45 + extra // 4, 0, 0, 0, 0, 1, protocol, 0),
        *(socket.inet_aton(R1), socket.inet_aton(destination)),
    )
    return header + bytes(extra) + payload


def ip_v6(payload: bytes, destination: str = V6_BANK) -> bytes:
    addresses = (
        ipaddress.ip_address("2001:db8::1").packed + ipaddress.ip_address(destination).packed
    )
    return struct.pack("!IHBB", 6 << 28, len(payload), 58, 1) + addresses + payload


ASKED = request(4, 0x1234, 7, PAYLOAD)
ASKED_V6 = request(6, 0x1234, 7, PAYLOAD)
EXPIRED_V4 = ip_v4(bytes([11, 0]) + bytes(6) + ip_v4(ASKED))
EXPIRED_V6 = bytes([3, 0]) + bytes(6) + ip_v6(ASKED_V6)
SAID = Echoed(Kind.EXPIRED, 0x1234, 7, PAYLOAD, BANK)


def test_a_request_has_the_checksum_of_rfc_1071() -> None:
    total = sum(struct.unpack(f"!{len(ASKED) // 2}H", ASKED))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF


def test_an_error_says_which_echo_it_is_about() -> None:
    assert message(4, EXPIRED_V4) == SAID
    with_options = ip_v4(bytes([3, 1]) + bytes(6) + ip_v4(ASKED[:8], extra=8), extra=4)
    assert message(4, with_options) == Echoed(Kind.UNREACHABLE, 0x1234, 7, b"", BANK)
    assert message(6, EXPIRED_V6) == Echoed(Kind.EXPIRED, 0x1234, 7, PAYLOAD, V6_BANK)


def test_a_reply_carries_everything() -> None:
    echo = ip_v4(b"\x00" + ASKED[1:])
    assert message(4, echo) == Echoed(Kind.REPLY, 0x1234, 7, PAYLOAD, None)
    assert message(6, b"\x81" + ASKED_V6[1:]) == Echoed(Kind.REPLY, 0x1234, 7, PAYLOAD, None)


@pytest.mark.parametrize(
    "packet",
    [
        EXPIRED_V4[:50],
        ip_v4(bytes([11, 1]) + bytes(6) + ip_v4(ASKED)),
        ip_v4(bytes([3, 4]) + bytes(6) + ip_v4(ASKED)),
        ip_v4(bytes([11, 0]) + bytes(6) + ip_v4(ASKED, protocol=17)),
        ip_v4(bytes([11, 0]) + bytes(6) + ip_v4(b"\x00" + ASKED[1:])),
        ip_v4(ASKED),
    ],
    ids=["cut short", "fragments", "too big", "quotes UDP", "quotes a reply", "a request"],
)
def test_what_is_no_word_about_an_echo_of_ours(packet: bytes) -> None:
    assert message(4, packet) is None


@given(st.sampled_from([4, 6]), st.binary(max_size=120))
@example(4, EXPIRED_V4)
@example(6, EXPIRED_V6)
def test_no_bytes_confuse_the_reading(version: int, packet: bytes) -> None:
    said = message(version, packet)
    assert said is None or isinstance(said.kind, Kind)


@given(st.sampled_from([4, 6]), st.integers(0, 200), st.binary(max_size=4))
def test_no_changed_bytes_confuse_the_reading(version: int, at: int, put: bytes) -> None:
    packet = EXPIRED_V4 if version == 4 else EXPIRED_V6
    message(version, packet[:at] + put + packet[at + len(put) :])


EXTENDED = struct.pack("=IBBBBII", 113, 2, 11, 0, 0, 0, 0)
OFFENDER = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(R1))
RECVERR = (socket.IPPROTO_IP, 11)


def test_an_error_queue_says_who_and_about_what() -> None:
    ancillary = [(*RECVERR, EXTENDED + OFFENDER)]
    assert list(queued_errors(4, ASKED, ancillary, BANK)) == [(SAID, R1)]


def test_an_error_of_this_machines_own_is_nobodys() -> None:
    local = struct.pack("=IBBBBII", 113, 1, 11, 0, 0, 0, 0)
    assert list(queued_errors(4, ASKED, [(*RECVERR, local + OFFENDER)], BANK)) == []


@given(
    st.sampled_from([4, 6]),
    st.one_of(st.just(ASKED), st.binary(max_size=60)),
    st.lists(st.tuples(st.just(0), st.just(11), st.binary(max_size=60)), max_size=3),
)
@example(4, ASKED, [(0, 11, EXTENDED)])
def test_no_error_queue_confuses_the_reading(
    version: int, quoted: bytes, ancillary: list[tuple[int, int, bytes]]
) -> None:
    for said, offender in queued_errors(version, quoted, ancillary, BANK):
        assert isinstance(said, Echoed)
        ipaddress.ip_address(offender)
