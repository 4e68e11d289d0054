"""Records as the lines of a trace (see `trace`, which reads them)."""

import json
from collections.abc import Iterable
from typing import TextIO

from monitor.model import THIS_DEVICE, Gap, Record, Sample, SessionChange, StateChange


def write_trace(records: Iterable[Record], file: TextIO) -> int:
    """Write records, which must be in time order, as trace lines; return how many."""
    count = 0
    for record in records:
        file.write(json.dumps(_line(record), ensure_ascii=False, allow_nan=False))
        file.write("\n")
        count += 1
    return count


def _line(record: Record) -> dict[str, object]:
    """Return the fields of a record's line; those of ours that say nothing are left out."""
    match record:
        case Sample():
            line, extra = _sample_line(record)
            device = record.target.device
        case SessionChange():
            line, extra = _session_line(record)
            device = record.device
        case StateChange():
            line, extra = {"kind": "state", "key": record.key, "value": record.value}, {}
            device = record.device
        case Gap():
            line, extra = {"kind": "gap", "until": record.until_ms, "why": record.why.value}, {}
            device = record.device
    if device != THIS_DEVICE:
        extra["device"] = device
    said = {key: value for key, value in extra.items() if value is not None and value != ""}
    return {"kind": line.pop("kind"), "at": record.at_ms, **line, **said}


def _sample_line(sample: Sample) -> tuple[dict[str, object], dict[str, object]]:
    """Return the fields of a sample: of the format, and ours."""
    target = sample.target
    return {
        "kind": "sample",
        "target": target.name,
        "role": target.role.value,
        "probe": target.probe.value,
        "outcome": sample.outcome.value,
        "rtt_ms": sample.rtt_ms,
    }, {
        "wallet": target.wallet,
        "host": target.host,
        "port": target.port,
        "family": target.family,
    }


def _session_line(change: SessionChange) -> tuple[dict[str, object], dict[str, object]]:
    """Return the fields of a session change: of the format, and ours."""
    return {
        "kind": "session",
        "wallet": change.wallet,
        "state": change.state.value,
        "how": None if change.how is None else change.how.value,
    }, {
        "source": change.source,
        "last_good_at": change.last_good_at_ms,
        "lived_ms": change.lived_ms,
        "detail": change.detail,
    }
