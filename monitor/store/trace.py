"""A trace: what was observed as JSON Lines, in time order (format: docs/trace.md)."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from monitor.model import (
    THIS_DEVICE,
    EpochMs,
    Gap,
    GapWhy,
    How,
    Outcome,
    ProbeKind,
    Record,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
    Target,
)
from monitor.store.interface import StoreError

LAST_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z, the last instant that ISO 8601 and Python can name."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MOST_PORT = 65_535
_MOST_INTEGER = 2**63 - 1
_MOST_RTT_MS = 86_400_000
"""A day: no answer is waited for so long, and a sum of many still fits into the database."""
_SHOWN_CHARACTERS = 60
"""How much of a wrong value a message repeats."""

_WHOLE = frozenset((int, type(None)))

Line = Mapping[str, Any]
E = TypeVar("E", bound=StrEnum)


class _LineError(Exception):
    """What is wrong with a line; `read_trace` adds where."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


def read_trace(path: Path) -> Iterator[Record]:
    """Give the records of a trace file one by one. Empty lines are skipped.

    Raises:
        StoreError: the file cannot be read, or a line is wrong; the message has its number.
    """
    try:
        with path.open("rb") as file:
            yield from _read_lines(path, file)
    except OSError as error:
        raise StoreError(
            "{file} cannot be read ({reason}): check its name and your right to read it",
            file=path,
            reason=error.strerror or str(error),
        ) from error


def _read_lines(path: Path, lines: Iterable[bytes]) -> Iterator[Record]:
    """Give the record of each line, in its order checked."""
    parser = LineParser()
    reached_ms = 0
    for number, raw in enumerate(lines, 1):
        try:
            record = parser.record(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw)
            if record is None:
                continue
            if record.at_ms < reached_ms:
                _wrong(
                    "{file} line {line}: 'at' lies {late_ms} ms before the line above it: "
                    "sort the lines by time",
                    late_ms=reached_ms - record.at_ms,
                )
        except _LineError as wrong:
            raise StoreError(wrong.text, file=path, line=number, **wrong.values) from None
        reached_ms = record.at_ms
        yield record


def _wrong(text: str, **values: object) -> NoReturn:
    """Refuse the line."""
    raise _LineError(text, **values)


class LineParser:
    """Turns lines into records; the targets seen so far are shared between their samples."""

    def __init__(self) -> None:
        self._targets: dict[tuple[object, ...], Target] = {}
        self._kinds: dict[str, Callable[[Line, EpochMs], Record]] = {
            "sample": self._sample,
            "session": _session,
            "state": _state,
            "gap": _gap,
        }

    def record(self, raw: bytes) -> Record | None:
        """Return the record of a line; None for an empty one."""
        line = _parsed(raw)
        if line is None:
            return None
        kind = _needed(line, "kind")
        convert = self._kinds.get(kind) if isinstance(kind, str) else None
        if convert is None:
            _not_one_of("kind", kind, self._kinds)
        return convert(line, _instant(line, "at"))

    def _sample(self, line: Line, at_ms: EpochMs) -> Sample:
        """Return the sample of a line."""
        rtt = line.get("rtt_ms")
        if rtt is not None and not (_is_number(rtt) and 0 <= rtt <= _MOST_RTT_MS):
            _wrong(
                "{file} line {line}: 'rtt_ms' is {value}: give milliseconds from 0 to {most}, "
                "or null",
                value=_shown(rtt),
                most=_MOST_RTT_MS,
            )
        target = self._target(line)
        return Sample(at_ms, target, _outcome(line), None if rtt is None else float(rtt))

    def _target(self, line: Line) -> Target:
        """Return the target of a sample line, the same object for the same target."""
        key = tuple(map(line.get, ("target", "role", "probe", "host", "port", "family")))
        key += (line.get("wallet"), line.get("device"))
        try:
            known = self._targets.get(key)
        except TypeError:  # a list or an object among them: the checks below name it
            known = None
        # as keys of a dictionary 443, 443.0 and true may be the same; as values they are not
        if known is None or not _WHOLE.issuperset(
            map(type, (line.get("port"), line.get("family")))
        ):
            known = Target(
                name=_text(line, "target"),
                role=_one_of(line, "role", Role),
                probe=_one_of(line, "probe", ProbeKind),
                host=_text(line, "host", ""),
                port=_integer(line, "port", 1, _MOST_PORT),
                family=_family(line),
                wallet=None if line.get("wallet") is None else _text(line, "wallet"),
                device=_text(line, "device", THIS_DEVICE),
            )
            self._targets[key] = known
        return known


def _parsed(raw: bytes) -> Line | None:
    """Return the JSON object of a line; None for an empty line."""
    if not raw.strip():
        return None
    try:
        line = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        _wrong("{file} line {line}: this is not UTF-8 text: save the file as UTF-8")
    except (ValueError, RecursionError) as error:
        _wrong(
            "{file} line {line}: this is not JSON ({reason}): "
            "each line must be one whole JSON object",
            reason=getattr(error, "msg", None) or str(error)[:_SHOWN_CHARACTERS],
        )
    if not isinstance(line, dict):
        _wrong(
            "{file} line {line}: {value} stands where a JSON object is expected: "
            'each line must look like {{"kind": …, "at": …}}',
            value=_shown(line),
        )
    return line


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is no JSON number")


def _needed(line: Line, key: str) -> Any:
    """Return a field that must be there."""
    try:
        return line[key]
    except KeyError:
        _wrong("{file} line {line}: '{key}' is missing: add it", key=key)


def _instant(line: Line, key: str) -> EpochMs:
    """Return an instant given in epoch milliseconds or ISO 8601 with an offset."""
    value = _needed(line, key)
    if isinstance(value, str):
        at_ms = _from_iso(key, value)
    elif _is_number(value):
        at_ms = round(value)
    else:
        _not_an_instant(key, value)
    if not 0 <= at_ms <= LAST_MS:
        _wrong(
            "{file} line {line}: '{key}' is {value}, which lies outside of the years 1970 to 9999: "
            "give milliseconds since 1970, or ISO 8601",
            key=key,
            value=_shown(value),
        )
    return at_ms


def _from_iso(key: str, text: str) -> EpochMs:
    """Return the instant of an ISO 8601 text; what is finer than a millisecond is cut off."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        _not_an_instant(key, text)
    if parsed.utcoffset() is None:
        _wrong(
            "{file} line {line}: '{key}' is {value}, which has no offset from UTC: "
            "end it with Z or +08:00",
            key=key,
            value=_shown(text),
        )
    return (parsed - _EPOCH) // _MILLISECOND


def _not_an_instant(key: str, value: object) -> NoReturn:
    """Refuse what is no instant."""
    _wrong(
        "{file} line {line}: '{key}' is {value}: give milliseconds since 1970, "
        "or ISO 8601 with an offset like 2026-11-18T08:03:11.250+08:00",
        key=key,
        value=_shown(value),
    )


def _outcome(line: Line) -> Outcome:
    """Return the outcome of a sample line."""
    return _one_of(line, "outcome", Outcome)


def _one_of(line: Line, key: str, kinds: type[E]) -> E:
    """Return a field that is one of a fixed set."""
    value = _needed(line, key)
    try:
        return kinds(value)
    except ValueError:
        _not_one_of(key, value, [kind.value for kind in kinds])


def _not_one_of(key: str, value: object, known: Iterable[str]) -> NoReturn:
    """Refuse a value outside of a fixed set."""
    _wrong(
        "{file} line {line}: '{key}' is {value}: give one of {known}",
        key=key,
        value=_shown(value),
        known=", ".join(known),
    )


def _text(line: Line, key: str, default: str | None = None) -> str:
    """Return a field of text; without a default it must be there and say something."""
    value = _needed(line, key) if default is None else line.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (default is None and not value):
        _wrong("{file} line {line}: '{key}' is {value}: give a text", key=key, value=_shown(value))
    return _storable(key, value)


def _storable(key: str, text: str) -> str:
    """Return the text, unless it holds half of a surrogate pair, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        _wrong(
            "{file} line {line}: '{key}' is {value}, with half of a surrogate pair: "
            "write the character itself",
            key=key,
            value=_shown(text),
        )
    return text


def _integer(line: Line, key: str, least: int, most: int) -> int | None:
    """Return an optional whole number."""
    value = line.get(key)
    if value is None:
        return None
    if type(value) is not int or not least <= value <= most:
        _wrong(
            "{file} line {line}: '{key}' is {value}: give a whole number from {least} to {most}, "
            "or null",
            key=key,
            value=_shown(value),
            least=least,
            most=most,
        )
    return value


def _family(line: Line) -> int | None:
    """Return the address family: 4, 6 or None."""
    value = _integer(line, "family", 4, 6)
    if value == 5:
        _wrong("{file} line {line}: 'family' is 5: give 4, 6 or null")
    return value


def _is_number(value: object) -> bool:
    """Tell whether a JSON value is a finite number; true and false are none."""
    if isinstance(value, float):
        return math.isfinite(value)
    return type(value) is int and abs(value) <= _MOST_INTEGER


def _session(line: Line, at_ms: EpochMs) -> SessionChange:
    """Return the session change of a line."""
    how = None if line.get("how") is None else _one_of(line, "how", How)
    state = _one_of(line, "state", SessionState)
    if state is SessionState.UP and how is not None:
        _wrong("{file} line {line}: 'how' says how a session ended: leave it null for 'up'")
    good = line.get("last_good_at")
    return SessionChange(
        at_ms=at_ms,
        wallet=_text(line, "wallet"),
        state=state,
        how=how,
        source=_text(line, "source", "session"),
        last_good_at_ms=None if good is None else _instant(line, "last_good_at"),
        lived_ms=_integer(line, "lived_ms", 0, _MOST_INTEGER),
        detail=_text(line, "detail", ""),
        device=_text(line, "device", THIS_DEVICE),
    )


def _state(line: Line, at_ms: EpochMs) -> StateChange:
    """Return the state change of a line; a key that we do not know is kept."""
    value: StateValue = _needed(line, "value")
    if isinstance(value, str):
        _storable("value", value)
    elif not (value is None or isinstance(value, bool) or _is_number(value)):
        _wrong(
            "{file} line {line}: 'value' is {value}: give true, false, a number, a text or null",
            value=_shown(value),
        )
    return StateChange(at_ms, _text(line, "key"), value, _text(line, "device", THIS_DEVICE))


def _gap(line: Line, at_ms: EpochMs) -> Gap:
    """Return the gap of a line."""
    until_ms = _instant(line, "until")
    if until_ms < at_ms:
        _wrong("{file} line {line}: 'until' lies before 'at': exchange them")
    return Gap(at_ms, until_ms, _one_of(line, "why", GapWhy), _text(line, "device", THIS_DEVICE))


def _shown(value: object) -> str:
    """Return a wrong value as it stands in the line, cut short."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
