"""What goes in comes out: every noun, every window, every order."""

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model import (
    CauseCode,
    Delivery,
    Diagnosis,
    Disconnect,
    Evidence,
    Finding,
    FixCode,
    Gap,
    GapWhy,
    How,
    Notice,
    NoticeKind,
    Outcome,
    Record,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
)
from monitor.store.interface import Run, StoreError
from monitor.store.sqlite import Store, open_store
from monitor.store.trace import read_trace
from monitor.store.trace_writing import write_trace
from tests.integration.store_facts import BANK, GATEWAY, NOON_MS, reply


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


def down(at_ms: int, wallet: str = "icbc", source: str = "session") -> SessionChange:
    return SessionChange(
        at_ms, wallet, SessionState.DOWN, How.RESET, source, at_ms - 900, 60_000, "ECONNRESET 钱包"
    )


def drop(started_at_ms: int, ended_at_ms: int | None = None, wallet: str = "icbc") -> Disconnect:
    return Disconnect(wallet, "session", started_at_ms, ended_at_ms, How.TIMEOUT, started_at_ms + 1)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_comes_back(store: Store, outcome: Outcome) -> None:
    sample = Sample(NOON_MS, BANK, outcome, None)
    store.add_records([sample])
    [found] = store.samples(NOON_MS, NOON_MS + 1)
    assert found == sample
    assert (found.target.host, found.target.port) == ("bank.example", 443)
    assert (found.target.family, found.target.wallet) == (4, "icbc")


@pytest.mark.parametrize("rtt_ms", [None, 0.0, 0.001, 12.345, 75_000.0])
def test_round_trips_to_the_microsecond(store: Store, rtt_ms: float | None) -> None:
    store.add_records([reply(NOON_MS, rtt_ms=rtt_ms)])
    assert store.samples(0, NOON_MS + 1)[0].rtt_ms == rtt_ms


def test_a_window_holds_its_begin_and_not_its_end(store: Store) -> None:
    store.add_records([reply(NOON_MS + i, t) for i in range(4) for t in (BANK, GATEWAY)])
    found = store.samples(NOON_MS + 1, NOON_MS + 3)
    assert [s.at_ms - NOON_MS for s in found] == [1, 1, 2, 2]
    only = store.samples(NOON_MS, NOON_MS + 9, roles={Role.GATEWAY})
    assert {s.target for s in only} == {GATEWAY}
    assert len(only) == 4
    assert store.samples(NOON_MS, NOON_MS + 9, roles=()) == []


def test_the_same_target_and_instant_is_replaced(store: Store) -> None:
    store.add_records([reply(NOON_MS), reply(NOON_MS, rtt_ms=9.0)])
    late = Sample(NOON_MS, GATEWAY, Outcome.TIMEOUT)
    store.add_records([late])
    assert store.samples(0, NOON_MS + 1) == [late]
    store.rollup(NOON_MS + 3 * 86_400_000)  # it lies in the other table now
    store.add_records([reply(NOON_MS, rtt_ms=4.0)])
    assert store.samples(0, NOON_MS + 1) == [reply(NOON_MS, rtt_ms=4.0)]


def test_a_target_that_moves_is_the_same_target(store: Store) -> None:
    moved = replace(GATEWAY, host="198.51.100.1")
    store.add_records([reply(NOON_MS)])
    store.add_records([reply(NOON_MS + 1, moved)])
    assert [s.target.host for s in store.samples(0, NOON_MS * 2)] == ["198.51.100.1"] * 2
    store.add_records([reply(NOON_MS + 2, replace(GATEWAY, host="", family=None))])
    assert store.last_samples()[0].target.host == "198.51.100.1"


def test_the_newest_of_each_target(store: Store) -> None:
    assert store.last_samples() == []
    store.add_records([reply(NOON_MS + i) for i in range(3)] + [reply(NOON_MS, BANK)])
    store.rollup(NOON_MS + 3 * 86_400_000)
    store.add_records([reply(NOON_MS + 4 * 86_400_000)])
    assert store.last_samples() == [reply(NOON_MS + 4 * 86_400_000), reply(NOON_MS, BANK)]


@pytest.mark.parametrize("value", [True, False, 1, 0, 1.0, -71.5, "1", "家里", "", None])
def test_a_state_keeps_its_value_and_type(store: Store, value: StateValue) -> None:
    store.add_records([StateChange(NOON_MS, "moon.phase", value)])
    [found] = store.states(NOON_MS, NOON_MS + 1)
    assert found.value == value
    assert type(found.value) is type(value)


def test_what_held_before_is_the_last_word_stored(store: Store) -> None:
    # the clock was set back between the second and the third
    changes = [
        StateChange(NOON_MS, "link.up", True),
        StateChange(NOON_MS + 500, "link.up", False),
        StateChange(NOON_MS + 100, "link.up", True),
        StateChange(NOON_MS + 900, "link.up", False),
        StateChange(NOON_MS, "wifi.ssid", "home"),
    ]
    store.add_records(changes)
    before = store.states_before(NOON_MS + 900)
    assert before == {"link.up": changes[2], "wifi.ssid": changes[4]}
    assert store.states_before(NOON_MS) == {}
    sessions = [down(NOON_MS), down(NOON_MS + 9, source="process"), down(NOON_MS, wallet="alipay")]
    store.add_records(sessions)
    assert store.sessions_before(NOON_MS + 9) == {
        ("icbc", "session"): sessions[0],
        ("alipay", "session"): sessions[2],
    }
    assert store.sessions(NOON_MS, NOON_MS + 9) == [sessions[0], sessions[2]]


def test_gaps_that_overlap(store: Store) -> None:
    gaps = [
        Gap(NOON_MS, NOON_MS + 100, GapWhy.SLEEP),
        Gap(NOON_MS + 200, NOON_MS + 200, GapWhy.CLOCK),
        Gap(NOON_MS + 300, NOON_MS + 400, GapWhy.STOPPED),
    ]
    store.add_records(gaps)
    assert store.gaps(NOON_MS + 50, NOON_MS + 201) == gaps[:2]
    assert store.gaps(NOON_MS + 100, NOON_MS + 200) == []
    assert store.gaps(NOON_MS + 399, NOON_MS + 900) == gaps[2:]


def test_disconnects_by_window_and_wallet(store: Store) -> None:
    ended = store.insert_disconnect(drop(NOON_MS, NOON_MS + 100))
    lasting = store.insert_disconnect(drop(NOON_MS + 50, None, "alipay"))
    assert ended.id is not None
    assert replace(ended, id=None) == drop(NOON_MS, NOON_MS + 100)
    assert store.disconnects() == [ended, lasting]
    assert store.disconnects(since_ms=NOON_MS + 100) == [lasting]
    assert store.disconnects(until_ms=NOON_MS + 50) == [ended]
    assert store.disconnects(wallet="alipay") == [lasting]
    assert store.disconnect(ended.id) == ended
    assert store.disconnect(999) is None


def test_the_same_disconnect_is_stored_once(store: Store) -> None:
    first = store.insert_disconnect(replace(drop(NOON_MS), note="by hand"))
    again = store.insert_disconnect(replace(drop(NOON_MS, NOON_MS + 7), note="imported"))
    assert again == first
    assert store.disconnects() == [first]


def test_a_disconnect_learns_its_end(store: Store) -> None:
    stored = store.insert_disconnect(drop(NOON_MS))
    known = replace(
        stored,
        started_at_ms=NOON_MS - 5,
        ended_at_ms=NOON_MS + 5,
        how=How.RESET,
        note="电梯里",
    )
    store.update_disconnect(known)
    assert store.disconnects() == [known]
    with pytest.raises(StoreError, match="no disconnect 99: 'walletwatch disconnects'"):
        store.update_disconnect(replace(known, id=99))


def test_a_diagnosis_replaces_the_earlier_one(store: Store) -> None:
    stored = store.insert_disconnect(drop(NOON_MS))
    assert stored.id is not None
    evidence = Evidence(
        "gateway.silent", True, {"lost_count": 5, "ssid": "家", "p": 0.5, "x": None}
    )
    full = Diagnosis(
        (
            Finding(CauseCode.GATEWAY, 0.93, (evidence,), (FixCode.CHECK_NETWORK,)),
            Finding(CauseCode.ISP, 0.2, (replace(evidence, supports=False),)),
        ),
        "1",
        NOON_MS,
    )
    assert store.diagnosis(stored.id) is None
    store.save_diagnosis(stored.id, Diagnosis((Finding(CauseCode.UNEXPLAINED, 0.0),), "0", 1))
    store.save_diagnosis(stored.id, full)
    assert store.diagnosis(stored.id) == full
    assert store.diagnoses([stored.id, 77]) == {stored.id: full}
    assert store.diagnoses(range(5_000)) == {stored.id: full}
    with pytest.raises(StoreError, match="no disconnect 77"):
        store.save_diagnosis(77, full)


def test_notices_and_what_became_of_them(store: Store) -> None:
    notices = [
        store.add_notice(Notice(NoticeKind.LOST, NOON_MS + i, f"断开 {i}", "…")) for i in range(3)
    ]
    assert notices[1].id is not None
    store.mark_notice(notices[1].id, Delivery.SENT, "plyer", NOON_MS + 9)
    assert store.notices(pending_only=True) == [notices[0], notices[2]]
    assert store.notices(limit=2) == [
        replace(notices[1], delivery=Delivery.SENT, backend="plyer", delivered_at_ms=NOON_MS + 9),
        notices[2],
    ]
    with pytest.raises(StoreError, match="no notice 99"):
        store.mark_notice(99, Delivery.SENT, "", 0)


def test_runs_and_the_last_sign_of_life(store: Store) -> None:
    assert store.last_alive_ms() is None
    assert store.last_run() is None
    run_id = store.start_run(NOON_MS, 123, "0.1.0")
    assert store.last_alive_ms() == NOON_MS
    store.beat(run_id, NOON_MS + 60_000)
    assert store.last_run() == Run(run_id, NOON_MS, NOON_MS + 60_000, None, 123, "0.1.0")
    store.add_records([reply(NOON_MS + 61_000)])
    assert store.last_alive_ms() == NOON_MS + 61_000
    store.end_run(run_id, NOON_MS + 62_000)
    assert store.last_alive_ms() == NOON_MS + 62_000
    last = store.last_run()
    assert last is not None
    assert last.stopped_at_ms == NOON_MS + 62_000
    assert store.is_empty() is False


def test_single_values(store: Store) -> None:
    assert store.meta("report.last_week") is None
    store.set_meta("report.last_week", "2026-W46")
    store.set_meta("report.last_week", "2026-W47")
    assert store.meta("report.last_week") == "2026-W47"
    assert store.is_empty()


def test_the_span_of_what_was_observed(store: Store) -> None:
    assert store.span() is None
    store.add_records([reply(NOON_MS), down(NOON_MS + 5), Gap(1, NOON_MS * 2, GapWhy.STOPPED)])
    assert store.span() == (NOON_MS, NOON_MS + 5)


def everything(count: int) -> list[Record]:
    made: list[Record] = []
    for i in range(count):
        at_ms = NOON_MS + i * 250
        made += [reply(at_ms, GATEWAY, i / 8), Sample(at_ms, BANK, Outcome.REFUSED)]
        if i % 5 == 0:
            made.append(StateChange(at_ms, "battery.percent", i % 100))
        if i % 11 == 0:
            made.append(down(at_ms))
        if i % 97 == 0:
            made.append(Gap(at_ms, at_ms + 7, GapWhy.SLEEP))
    return made


def test_everything_streams_out_in_time_order(store: Store) -> None:
    made = everything(12_000)  # more than two pages of each target
    store.add_records(made)
    store.rollup(NOON_MS + 86_400_000)
    found = list(store.records(0, NOON_MS * 2))
    times = [record.at_ms for record in found]
    assert times == sorted(times)
    assert len(found) == len(made)
    assert sorted(map(repr, found)) == sorted(map(repr, made))
    window = list(store.records(NOON_MS + 250, NOON_MS + 500))
    assert {record.at_ms for record in window} == {NOON_MS + 250}


def test_many_events_at_one_instant_all_stream_out(store: Store) -> None:
    made = [StateChange(NOON_MS, f"key.{i}", i) for i in range(11_000)]
    store.add_records(made)
    assert list(store.records(0, NOON_MS + 1)) == made


def test_a_writer_is_not_stopped_by_a_slow_export(store: Store) -> None:
    store.add_records(everything(12_000))
    export = store.records(0, NOON_MS * 2)
    next(export)
    store.add_records([reply(NOON_MS - 1)])
    with store._file._engine.connect() as connection:
        busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(RESTART)").one()
    assert busy == 0


def test_an_export_read_into_a_new_store_is_the_same_history(store: Store, tmp_path: Path) -> None:
    store.add_records(everything(500))
    text = io.StringIO()
    write_trace(store.records(0, NOON_MS * 2), text)
    path = tmp_path / "trace.jsonl"
    path.write_text(text.getvalue(), encoding="utf-8")
    with closing(open_store(tmp_path / "other")) as other:
        other.add_records(list(read_trace(path)))
        again = io.StringIO()
        write_trace(other.records(0, NOON_MS * 2), again)
    assert again.getvalue() == text.getvalue()


def test_a_clock_set_ahead_and_back_leaves_no_gap_over_what_is_observed_after(store: Store) -> None:
    year_ms = 365 * 86_400_000
    store.add_records([Gap(NOON_MS, NOON_MS + year_ms, GapWhy.CLOCK)])
    back_ms = NOON_MS + 300_000
    store.add_records([Gap(back_ms, back_ms, GapWhy.CLOCK)])
    assert store.gaps(NOON_MS, NOON_MS + 2 * year_ms) == [
        Gap(NOON_MS, back_ms, GapWhy.CLOCK),
        Gap(back_ms, back_ms, GapWhy.CLOCK),
    ]


def test_a_clock_set_back_and_ahead_leaves_no_gap_over_what_was_observed_before(
    store: Store,
) -> None:
    year_ms = 365 * 86_400_000
    wrong_ms = NOON_MS - year_ms
    at_step = reply(NOON_MS + 399_500, GATEWAY)  # asked before the step was noticed
    store.add_records([reply(NOON_MS, GATEWAY), reply(wrong_ms, GATEWAY), at_step])
    store.add_records([Gap(wrong_ms + 1000, NOON_MS + 400_000, GapWhy.CLOCK)])
    [gap] = store.gaps(0, NOON_MS + year_ms)
    assert gap == Gap(NOON_MS, NOON_MS + 400_000, GapWhy.CLOCK)
    store.add_records([Gap(NOON_MS - 5000, NOON_MS + 5000, GapWhy.SLEEP)])
    assert Gap(NOON_MS - 5000, NOON_MS + 5000, GapWhy.SLEEP) in store.gaps(0, NOON_MS)


def test_what_a_session_did_after_the_last_sample_lies_in_no_clock_gap(store: Store) -> None:
    hour_ms = 3_600_000
    ended = down(NOON_MS + 2000)  # then the clock was set back, ten minutes later ahead
    store.add_records([reply(NOON_MS, GATEWAY), ended, reply(NOON_MS - hour_ms, GATEWAY)])
    after_ms = NOON_MS + 602_000
    store.add_records([Gap(NOON_MS - hour_ms + 600_000, after_ms, GapWhy.CLOCK)])
    assert store.gaps(0, after_ms + 1) == [Gap(ended.at_ms, after_ms, GapWhy.CLOCK)]
    link = StateChange(after_ms + 5000, "link.up", False)
    store.add_records([link, StateChange(after_ms + hour_ms - 500, "link.up", True)])
    store.add_records([Gap(after_ms, after_ms + hour_ms, GapWhy.CLOCK)])
    assert store.gaps(link.at_ms, after_ms + hour_ms) == [
        Gap(link.at_ms, after_ms + hour_ms, GapWhy.CLOCK)
    ]


def test_a_file_in_the_place_of_another_learns_of_the_run_under_a_number_of_its_own(
    store: Store, tmp_path: Path
) -> None:
    with closing(open_store(tmp_path / "other")) as other:
        other.start_run(NOON_MS, 77, "0.1.0")
    run_id = store.start_run(NOON_MS, 123, "0.1.0")
    for file in (tmp_path / "other").glob("walletwatch.db*"):
        file.replace(store.path.with_name(file.name))
    store.add_records([reply(NOON_MS + 1)])
    last = store.last_run()
    assert last is not None and (last.pid, last.started_at_ms) == (123, NOON_MS)
    store.beat(run_id, NOON_MS + 60_000)
    of_us, of_it = store.last_run(123), store.last_run(77)
    assert of_us is not None and of_us.beat_at_ms == NOON_MS + 60_000
    assert of_it is not None and of_it.beat_at_ms == NOON_MS
    store.end_run(run_id, NOON_MS + 61_000)
    assert store.last_run(123) != of_us and store.last_run(77) == of_it
