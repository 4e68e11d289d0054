"""A trace line is read exactly, or refused with its number and the mend."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import (
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
    Target,
)
from monitor.store.interface import StoreError
from monitor.store.trace import LAST_MS, read_trace
from monitor.store.trace_writing import write_trace

SAMPLE = {
    "kind": "sample",
    "at": 1_790_000_000_000,
    "target": "gw",
    "role": "gateway",
    "probe": "icmp",
    "outcome": "reply",
    "rtt_ms": 1.5,
}
SESSION = {"kind": "session", "at": 0, "wallet": "icbc", "state": "down", "how": "reset"}
STATE = {"kind": "state", "at": 0, "key": "power.battery_saver", "value": True}
GAP = {"kind": "gap", "at": 5, "until": 9, "why": "sleep"}

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
instants = st.integers(0, LAST_MS)
targets = st.builds(
    Target,
    name=texts,
    role=st.sampled_from(Role),
    probe=st.sampled_from(ProbeKind),
    host=st.just("") | texts,
    port=st.none() | st.integers(1, 65_535),
    family=st.sampled_from([None, 4, 6]),
    wallet=st.none() | texts,
    device=st.just("local") | texts,
)
records = st.one_of(
    st.builds(
        Sample,
        at_ms=instants,
        target=targets,
        outcome=st.sampled_from(Outcome),
        rtt_ms=st.none() | st.floats(0, 1e6),
    ),
    st.builds(
        SessionChange,
        at_ms=instants,
        wallet=texts,
        state=st.just(SessionState.DOWN),
        how=st.none() | st.sampled_from(How),
        source=texts,
        last_good_at_ms=st.none() | instants,
        lived_ms=st.none() | st.integers(0, 10**12),
        detail=st.just("") | texts,
        device=st.just("local") | texts,
    ),
    st.builds(SessionChange, at_ms=instants, wallet=texts, state=st.just(SessionState.UP)),
    st.builds(
        StateChange,
        at_ms=instants,
        key=texts,
        value=st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | texts,
        device=st.just("local") | texts,
    ),
    st.builds(
        lambda a, b, why: Gap(min(a, b), max(a, b), why),
        instants,
        instants,
        st.sampled_from(GapWhy),
    ),
)


def everything_of(record: Record) -> object:
    """The record with the fields of its target that equality leaves out, and its value's type."""
    if isinstance(record, Sample):
        target = record.target
        return record, target.host, target.port, target.family, target.wallet
    if isinstance(record, StateChange):
        return record, type(record.value)
    return record


def written(records: list[Record]) -> str:
    file = io.StringIO()
    assert write_trace(records, file) == len(records)
    return file.getvalue()


def read(path: Path, text: str | bytes) -> list[Record]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_trace(path))


@settings(deadline=None, max_examples=60)
@given(st.lists(records, max_size=12))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, unsorted: list[Record]
) -> None:
    given_records = sorted(unsorted, key=lambda record: record.at_ms)
    path = tmp_path_factory.mktemp("trace") / "trace.jsonl"
    found = read(path, written(given_records))
    assert [*map(everything_of, found)] == [*map(everything_of, given_records)]
    assert written(found) == written(given_records)


def test_only_known_fields_are_written() -> None:
    target = Target("gw", Role.GATEWAY, ProbeKind.ICMP)
    line = json.loads(written([Sample(7, target, Outcome.TIMEOUT)]))
    assert line == {**SAMPLE, "at": 7, "outcome": "timeout", "rtt_ms": None}


@pytest.mark.parametrize(
    ("at", "at_ms"),
    [
        (1_790_000_000_123, 1_790_000_000_123),
        (1_790_000_000_123.0, 1_790_000_000_123),
        ("2026-11-18T08:03:11.250+08:00", 1_794_960_191_250),
        ("2026-11-18T00:03:11.250Z", 1_794_960_191_250),
        ("2026-11-18T00:03:11.2509Z", 1_794_960_191_250),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59.999Z", LAST_MS),
    ],
)
def test_both_ways_to_write_an_instant(tmp_path: Path, at: object, at_ms: int) -> None:
    [record] = read(tmp_path / "t", json.dumps({**STATE, "at": at}))
    assert record.at_ms == at_ms


def test_an_unknown_field_and_an_unknown_state_are_kept_out_of_the_way(tmp_path: Path) -> None:
    line = {**STATE, "key": "moon.phase", "value": "full", "mood": ["calm"]}
    assert read(tmp_path / "t", json.dumps(line)) == [StateChange(0, "moon.phase", "full")]


def test_missing_rtt_how_and_equal_instants_are_fine(tmp_path: Path) -> None:
    bare = {k: v for k, v in SAMPLE.items() if k != "rtt_ms"}
    silent = {k: v for k, v in {**SESSION, "at": SAMPLE["at"]}.items() if k != "how"}
    text = f"{json.dumps(bare)}\r\n\n  \n{json.dumps(silent)}\n{json.dumps(bare)}"
    found = read(tmp_path / "t", b"\xef\xbb\xbf" + text.encode())
    assert len(found) == 3
    assert isinstance(found[0], Sample)
    assert found[0].rtt_ms is None


def test_samples_of_one_target_share_it(tmp_path: Path) -> None:
    one, two = read(tmp_path / "t", f"{json.dumps(SAMPLE)}\n{json.dumps(SAMPLE)}")
    assert isinstance(one, Sample)
    assert isinstance(two, Sample)
    assert one.target is two.target


WRONG = [
    ({**SAMPLE, "outcome": "lost"}, "'outcome' is \"lost\": give one of reply, timeout"),
    ({**SAMPLE, "role": 3}, "'role' is 3: give one of gateway"),
    ({**SAMPLE, "probe": ["icmp"]}, "'probe' is [\"icmp\"]: give one of icmp"),
    ({**SAMPLE, "rtt_ms": -1}, "'rtt_ms' is -1: give milliseconds from 0 to 86400000"),
    ({**SAMPLE, "rtt_ms": 1e308}, "'rtt_ms' is 1e+308"),
    ({**SAMPLE, "rtt_ms": 10**17}, "'rtt_ms' is 100000000000000000"),
    ({**SAMPLE, "rtt_ms": True}, "'rtt_ms' is true"),
    ({**SAMPLE, "rtt_ms": "3"}, "'rtt_ms' is \"3\""),
    ({**SAMPLE, "target": ""}, "'target' is \"\": give a text"),
    ({**SAMPLE, "port": 0}, "'port' is 0: give a whole number from 1 to 65535"),
    ({**SAMPLE, "port": True}, "'port' is true"),
    ({**SAMPLE, "port": 443.0}, "'port' is 443.0"),
    ({**SAMPLE, "family": 5}, "'family' is 5: give 4, 6 or null"),
    ({**SAMPLE, "kind": "noise"}, "'kind' is \"noise\": give one of sample, session"),
    ({**SAMPLE, "at": True}, "'at' is true: give milliseconds"),
    ({**SAMPLE, "at": None}, "'at' is null"),
    ({**SAMPLE, "at": "yesterday"}, "'at' is \"yesterday\": give milliseconds"),
    ({**SAMPLE, "at": "2026-11-18T08:03:11"}, "has no offset from UTC: end it with Z"),
    ({**SAMPLE, "at": -1}, "'at' is -1, which lies outside of the years"),
    ({**SAMPLE, "at": 10**30}, "'at' is 1000000"),
    ({**SAMPLE, "at": "1969-12-31T23:59:59Z"}, "outside of the years"),
    ({**SAMPLE, "at": "0001-01-01T00:00:00+14:00"}, "outside of the years"),
    ({**SESSION, "state": "sideways"}, "'state' is \"sideways\": give one of up, down"),
    ({**SESSION, "how": "magic"}, "'how' is \"magic\": give one of reset"),
    ({**SESSION, "state": "up"}, "leave it null for 'up'"),
    ({**SESSION, "lived_ms": -3}, "'lived_ms' is -3"),
    ({**SESSION, "last_good_at": "noon"}, "'last_good_at' is \"noon\""),
    ({**STATE, "value": [1]}, "'value' is [1]: give true, false, a number"),
    ({**STATE, "value": "\ud800"}, "half of a surrogate pair"),
    ({**GAP, "why": "lunch"}, "'why' is \"lunch\": give one of sleep, stopped, clock"),
    ({**GAP, "until": 4}, "'until' lies before 'at'"),
    ([1, 2], "[1, 2] stands where a JSON object is expected"),
]


@pytest.mark.parametrize(("line", "message"), WRONG)
def test_a_wrong_line_is_named_with_its_mend(tmp_path: Path, line: object, message: str) -> None:
    path = tmp_path / "t.jsonl"
    with pytest.raises(StoreError) as caught:
        read(path, f"{json.dumps({**STATE, 'at': 0})}\n{json.dumps(line)}\n")
    assert str(caught.value).startswith(f"{path} line 2: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "field", ["kind", "at", "target", "role", "probe", "outcome", "wallet", "key", "value", "until"]
)
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    whole = next(line for line in (SAMPLE, SESSION, STATE, GAP) if field in line)
    line = {k: v for k, v in whole.items() if k != field}
    with pytest.raises(StoreError, match=f"line 1: '{field}' is missing: add it"):
        read(tmp_path / "t", json.dumps(line))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"{", "this is not JSON"),
        (b'{"kind": "gap"} trailing', "this is not JSON"),
        (b'{"kind": "sample", "rtt_ms": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000, "this is not JSON"),
        (b"1" * 5_000, "this is not JSON"),
        (b"\xff\xfe{", "not UTF-8"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        read(tmp_path / "t", raw)
    assert " line 1: " in str(caught.value)


def test_lines_out_of_order_are_refused(tmp_path: Path) -> None:
    late, early = {**STATE, "at": 5_000}, {**STATE, "at": 4_000}
    with pytest.raises(StoreError, match=r"line 3: 'at' lies 1000 ms before .* sort the lines"):
        read(tmp_path / "t", "\n".join(map(json.dumps, [STATE, late, early])))


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match=r"cannot be read .* check its name"):
        list(read_trace(tmp_path / name))


def test_braces_in_a_wrong_value_do_no_harm(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"{file}"):
        read(tmp_path / "t", json.dumps({**GAP, "why": "{file}"}))
