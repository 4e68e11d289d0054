"""The kernel's figures of a connection, read from bytes as it and older kernels give them."""

import errno
import socket
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.wallet.sock_diag import DiagError, Ends, figures_in, request
from monitor.wallet.tcp_info import SIZE_BYTES, TcpFigures, figures_from

ENDS = Ends(("192.168.1.23", 50_000), ("203.0.113.7", 443))
ENDS_V6 = Ends(("fe80::1%eth0", 50_000), ("fe80::2%eth0", 443))


def tcp_info(**fields: int) -> bytes:
    """Return a struct tcp_info as linux/tcp.h has it, of the size that Linux 6 gives."""
    bytes_first = ("state", "ca_state", "retransmits", "probes", "backoff", "options", "w", "l")
    words: tuple[str, ...] = (
        "rto",
        "ato",
        "snd_mss",
        "rcv_mss",
        "unacked",
        "sacked",
        "lost",
        "retrans",
    )
    words += ("fackets", "last_data_sent", "last_ack_sent", "last_data_recv", "last_ack_recv")
    words += ("pmtu", "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss")
    words += ("reordering", "rcv_rtt", "rcv_space", "total_retrans")
    raw = struct.pack("=8B", *(fields.get(name, 0) for name in bytes_first))
    return raw + struct.pack("=24I", *(fields.get(name, 0) for name in words)) + bytes(144)


INFO = tcp_info(
    state=1, retransmits=3, unacked=2, rtt=21_500, last_data_recv=9_000, last_ack_recv=4_000
)
FIGURES = TcpFigures(1, 2, 3, 21.5, 4_000)


def test_the_figures_lie_where_the_kernel_puts_them() -> None:
    assert figures_from(INFO) == FIGURES
    assert figures_from(INFO[:SIZE_BYTES]) == FIGURES


@pytest.mark.parametrize(
    ("size", "figures"),
    [
        (0, None),
        (2, None),
        (3, TcpFigures(1, None, 3, None, None)),
        (28, TcpFigures(1, 2, 3, None, None)),
        (56, TcpFigures(1, 2, 3, None, 9_000)),
        (71, TcpFigures(1, 2, 3, None, 4_000)),
    ],
)
def test_what_an_older_kernel_does_not_give_is_unknown(
    size: int, figures: TcpFigures | None
) -> None:
    assert figures_from(INFO[:size]) == figures


def test_before_the_first_round_trip_there_is_none() -> None:
    figures = figures_from(tcp_info(state=2))
    assert figures is not None
    assert figures.rtt_ms is None


@given(st.binary(max_size=300))
def test_no_bytes_confuse_the_figures(raw: bytes) -> None:
    figures = figures_from(raw)
    assert (figures is None) == (len(raw) < 3)


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def answer(payload: bytes, kind: int = 20, sequence: int = 7) -> bytes:
    return struct.pack("=IHHII", 16 + len(payload), kind, 0, sequence, 99) + payload


def found(own_port: int = 50_000, far_port: int = 443) -> bytes:
    """Return a struct inet_diag_msg with two attributes."""
    ends = struct.pack("!HH32x", own_port, far_port) + bytes(12)
    head = struct.pack("=4B", socket.AF_INET, 1, 0, 0) + ends + bytes(20)
    return head + attribute(8, b"\0") + attribute(2, INFO)


def test_the_question_names_both_ends() -> None:
    asked = request(ENDS, 7)
    assert struct.unpack_from("=IHHI", asked) == (72, 20, 1, 7)
    assert asked[16:20] == bytes([socket.AF_INET, 6, 2, 0])
    assert struct.unpack_from("!HH", asked, 24) == (50_000, 443)
    assert asked[28:32] == socket.inet_aton("192.168.1.23")
    assert asked[44:48] == socket.inet_aton("203.0.113.7")
    assert request(ENDS_V6, 7)[16] == socket.AF_INET6


def test_the_answer_holds_the_figures() -> None:
    assert figures_in(answer(found()), ENDS, 7) == FIGURES


@pytest.mark.parametrize(
    "data",
    [
        answer(found(), sequence=6),
        answer(found(own_port=1)),
        answer(found(far_port=0)),
        answer(found()[:-60]),
        answer(struct.pack("=i", -errno.ENOENT) + bytes(16), kind=2),
        answer(b"", kind=2),
        answer(b"", kind=3),
        answer(found())[:-1],
    ],
    ids=["late", "another", "a listener", "no info", "gone", "no code", "end", "cut off"],
)
def test_what_is_no_answer_about_it(data: bytes) -> None:
    assert figures_in(data, ENDS, 7) is None


def test_a_refusal_is_told() -> None:
    with pytest.raises(DiagError) as refused:
        figures_in(answer(struct.pack("=i", -errno.EPERM), kind=2), ENDS, 7)
    assert refused.value.number == errno.EPERM


def test_ends_of_two_families_are_no_connection() -> None:
    with pytest.raises(ValueError, match="two families"):
        request(Ends(ENDS.own, ENDS_V6.far), 7)


@given(st.binary(max_size=400), st.integers(0, 300), st.binary(max_size=8))
@example(b"", 16, b"")
def test_no_answer_confuses_the_reading(noise: bytes, at: int, put: bytes) -> None:
    whole = answer(found())
    for data in (noise, whole + noise, whole[:at] + put + whole[at + len(put) :]):
        try:
            figures = figures_in(data, ENDS, 7)
        except DiagError:
            continue
        assert figures is None or isinstance(figures, TcpFigures)
