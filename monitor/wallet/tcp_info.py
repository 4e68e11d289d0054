"""PURE: `struct tcp_info` of linux/tcp.h, the kernel's figures for one connection.

The struct only ever grows at its end, so each field keeps its place. A kernel that knows less
gives fewer bytes (tcp(7), TCP_INFO): what lies beyond them is None.
"""

import struct
from dataclasses import dataclass

SIZE_BYTES = 104
"""tcpi_state .. tcpi_total_retrans: what every kernel since Linux 2.6 has."""

_STATE_AT = 0
_RETRANSMITS_AT = 2
_UNACKED_AT = 24
_LAST_DATA_RECV_AT = 52
_LAST_ACK_RECV_AT = 56
_RTT_AT = 68
_U32 = struct.Struct("=I")


@dataclass(frozen=True, slots=True)
class TcpFigures:
    """What the kernel knows of a connection; None for what an older one does not tell."""

    state: int
    """TCP_ESTABLISHED is 1, TCP_CLOSE 7 (net/tcp_states.h)."""
    unacked_count: int | None
    """Segments that were sent and are not acknowledged."""
    retransmit_count: int
    """Retransmissions in a row that brought no answer; 0 again with the next acknowledgement."""
    rtt_ms: float | None
    """Smoothed round trip (RFC 6298); None also before the first one was measured."""
    silent_ms: int | None
    """Since anything, data or an acknowledgement, last arrived."""


def figures_from(raw: bytes) -> TcpFigures | None:
    """Return the figures in the bytes of a `struct tcp_info`; None for less than a state."""
    if len(raw) <= _RETRANSMITS_AT:
        return None
    heard = [_u32(raw, _LAST_DATA_RECV_AT), _u32(raw, _LAST_ACK_RECV_AT)]
    rtt_us = _u32(raw, _RTT_AT)
    return TcpFigures(
        state=raw[_STATE_AT],
        unacked_count=_u32(raw, _UNACKED_AT),
        retransmit_count=raw[_RETRANSMITS_AT],
        rtt_ms=rtt_us / 1000 if rtt_us else None,
        silent_ms=min((each for each in heard if each is not None), default=None),
    )


def _u32(raw: bytes, at: int) -> int | None:
    return int(_U32.unpack_from(raw, at)[0]) if len(raw) >= at + _U32.size else None
