"""A stretch of samples as bytes: three to four of them each, instead of twenty-four. Pure.

Two parts. `heads`: a version byte, then for each target, by rising number: the step from the number
before, how many samples it has, and how many bytes of the body are its own. `body`: for each sample
of a target, by rising instant, one number that is twice the change of the step in time (which is
next to nothing on a steady grid), plus 1 where it is no timed reply; then another that is twice the
outcome, plus 1 where there is a round trip; then the change of the round trip. Numbers are LEB128;
those that may be negative are zigzag coded (as in Protocol Buffers, "Encoding").

A block lies within one hour (UTC), so that whoever looks for an instant knows where to look, and
what is forgotten goes in whole blocks.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from monitor.model import EpochMs
from monitor.store import varint
from monitor.store.marks import HOUR_MS, whole

Row = tuple[int, EpochMs, int, int | None]
"""A target's number, an instant, an outcome's code, and a round trip in microseconds."""

OUTCOME_MOST = 8
"""The highest code that is known: see `monitor.store.schema.OUTCOME_CODES`."""
_VERSION = 1
_INTEGER_MOST = 2**63 - 1
_REPLY = 0


class BlockError(ValueError):
    """The bytes are not what `pack` makes: the file is damaged."""


def pack(rows: Iterable[Row]) -> tuple[bytes, bytes]:
    """Return heads and body of rows that lie within one hour.

    Args:
        rows: sorted, no two of the same target and instant.

    Raises:
        OverflowError: a number that SQLite could not hold either.
    """
    ordered = list(rows)
    from_ms = min(at_ms for _, at_ms, _, _ in ordered)
    heads, body = bytearray([_VERSION]), bytearray()
    last = 0
    for number, own in groupby(ordered, key=itemgetter(0)):
        began, mine = len(body), list(own)
        for value in _numbers(mine, from_ms):
            varint.append(body, value)
        for value in (number - last, len(mine), len(body) - began):
            varint.append(heads, value)
        last = number
    return bytes(heads), bytes(body)


def _numbers(rows: Iterable[Row], from_ms: EpochMs) -> Iterator[int]:
    """Give what stands in the body for one target's rows."""
    last_ms, step_ms, last_us = from_ms, 0, 0
    for place, (_, at_ms, outcome, rtt_us) in enumerate(rows):
        change_ms = at_ms - last_ms - step_ms
        is_timed_reply = outcome == _REPLY and rtt_us is not None
        yield _folded(change_ms) << 1 | (not is_timed_reply)
        if not is_timed_reply:
            yield outcome << 1 | (rtt_us is not None)
        if rtt_us is not None:
            if abs(rtt_us) > _INTEGER_MOST:
                raise OverflowError("a round trip that is too long to be stored")
            yield _folded(rtt_us - last_us)
            last_us = rtt_us
        step_ms = at_ms - last_ms if place else 0
        last_ms = at_ms


def numbers_of(heads: bytes) -> list[int]:
    """Return the numbers of the targets that a block tells of.

    Raises:
        BlockError: the heads are damaged.
    """
    return [number for number, _, _ in _heads(heads)]


def unpack(
    from_ms: EpochMs, heads: bytes, body: bytes, numbers: Collection[int] | None = None
) -> list[Row]:
    """Return the rows of a block, by target and instant; `numbers` None means all targets.

    Raises:
        BlockError: it is damaged.
    """
    end_ms = whole(from_ms, HOUR_MS) + HOUR_MS
    found: list[Row] = []
    began = 0
    for number, count, length in _heads(heads):
        part = body[began : began + length]
        began += length
        if began > len(body):
            raise BlockError("a block that is cut short")
        if numbers is None or number in numbers:
            own = _rows(number, _varints(part), from_ms)
            if len(own) != count or not own or own[-1][1] >= end_ms:
                raise BlockError("a block whose samples are not those that it names")
            found += own
    if began != len(body):
        raise BlockError("a block with more than its samples")
    return found


def _rows(number: int, values: list[int], from_ms: EpochMs) -> list[Row]:
    """Return one target's rows."""
    found: list[Row] = []
    at_ms, step_ms, rtt_us = from_ms, 0, 0
    rest = iter(values)
    try:
        for value in rest:
            change = value >> 1
            step_ms += (change >> 1) ^ -(change & 1)
            at_ms += step_ms
            outcome, has_rtt = _REPLY, 1
            if value & 1:
                code = next(rest)
                outcome, has_rtt = code >> 1, code & 1
            if has_rtt:
                change = next(rest)
                rtt_us += (change >> 1) ^ -(change & 1)
            if (step_ms <= 0 if found else step_ms < 0) or outcome > OUTCOME_MOST:
                raise BlockError("a block with a sample that never was")
            if not found:
                step_ms = 0
            found.append((number, at_ms, outcome, rtt_us if has_rtt else None))
    except StopIteration:
        raise BlockError("a block that is cut short") from None
    return found


def _heads(heads: bytes) -> Iterator[tuple[int, int, int]]:
    """Give number, count and length of each target."""
    if not heads or heads[0] != _VERSION:
        raise BlockError("a block of another version")
    values = _varints(heads[1:])
    if len(values) % 3:
        raise BlockError("a block that is cut short")
    number = 0
    for place in range(0, len(values), 3):
        if place and not values[place]:
            raise BlockError("a block that names a target twice")
        number += values[place]
        yield number, values[place + 1], values[place + 2]


def _folded(number: int) -> int:
    """Return a number as one that is never negative: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return number << 1 if number >= 0 else ~number << 1 | 1


def _varints(packed: bytes) -> list[int]:
    """Return all numbers of a part of a block."""
    try:
        return varint.unpack(packed)
    except ValueError as error:
        raise BlockError(f"a block with {error}") from error


def by_hour(rows: Mapping[tuple[int, EpochMs], tuple[int, int | None]]) -> dict[EpochMs, list[Row]]:
    """Return rows, told apart by target and instant, sorted and by the hour that they lie in."""
    hours: dict[EpochMs, list[Row]] = {}
    for (number, at_ms), (outcome, rtt_us) in sorted(rows.items()):
        hours.setdefault(whole(at_ms, HOUR_MS), []).append((number, at_ms, outcome, rtt_us))
    return hours
