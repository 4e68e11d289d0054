"""Hashed storage: no byte of the data directory names a network, and networks are told apart."""

import json
import os
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config.settings import Settings
from monitor.device.registry import readers
from monitor.locale import translator
from monitor.model import (
    CauseCode,
    Diagnosis,
    Evidence,
    Finding,
    FixCode,
    FixMark,
    How,
    Notice,
    NoticeKind,
    Outcome,
    ProbeKind,
    Record,
    Role,
    Sample,
    StateChange,
    Target,
)
from monitor.notify.warning import due_warning
from monitor.pipeline import replay
from monitor.report.weeks import week_of
from monitor.store.restore import restore
from monitor.store.sqlite import open_store
from monitor.store.veil import KEY_NAME, REST_NAME, Fit, Veil, settle
from monitor.weekly.gather import summary
from tests.integration.running import LOOPBACK, NO_WALLET, Running
from tests.world import START_MS, at, down, rounds, up

RAW = ("Müllers Café", "Zweites Netz", "192.168.77.1", "192.168.77.23", "fe80::77:1", "10.77.0.1")
GATEWAY = Target("192.168.77.1", Role.GATEWAY, ProbeKind.ICMP, "192.168.77.1", None, 4)
RESOLVER = Target("10.77.0.1", Role.RESOLVER, ProbeKind.DNS, "10.77.0.1", 53, 4)


def records() -> list[Record]:
    said = replace(down(1806, How.UNREACHABLE), detail="no route from 192.168.77.23 to fe80::77:1")
    found: list[Record] = [
        StateChange(START_MS, "link.up", True),
        StateChange(START_MS, "link.kind", "wifi"),
        StateChange(START_MS, "wifi.ssid", RAW[0]),
        StateChange(START_MS, "link.address", "192.168.77.23"),
        StateChange(START_MS, "link.gateway", "192.168.77.1"),
        StateChange(START_MS, "link.gateway_v6", "fe80::77:1"),
        StateChange(START_MS, "link.interface", "wlx00c0ffee7777"),
        StateChange(START_MS, "network.resolvers", "10.77.0.1,192.168.77.1"),
        StateChange(at(1800), "wifi.ssid", RAW[1]),
        StateChange(at(1800), "path.last_heard_address", "10.77.0.1"),
        up(0),
        said,
        up(1862),
        *rounds(3600, targets=(GATEWAY, RESOLVER)),
    ]
    return sorted(found, key=lambda record: record.at_ms)


def bytes_of(folder: Path) -> bytes:
    return b"\n".join(
        f.name.encode() + f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()
    )


def leaks(folder: Path, raw: tuple[str, ...] = (*RAW, "00c0ffee7777")) -> list[str]:
    """Which names stand anywhere in a directory, plain, escaped or in another case."""
    held = bytes_of(folder).lower()
    shapes = {name: (name.encode(), json.dumps(name)[1:-1].encode()) for name in raw}
    return [name for name in raw if any(shape.lower() in held for shape in shapes[name])]


def test_no_byte_of_the_store_names_a_network(tmp_path: Path) -> None:
    settle(tmp_path, is_wanted=True)
    with closing(open_store(tmp_path)) as store:
        replay(store, records(), frozenset())
        states = store.as_stored({"wifi.ssid": RAW[0]})
        notice = due_warning(
            str(states["wifi.ssid"]), True, False, True, (), at(1800), translator("en")
        )
        assert notice is not None
        store.add_notice(notice)
        store.add_notice(replace(notice, subject=RAW[0], body=f"You are on “{RAW[0]}”"))
        store.add_fix_mark(FixMark(at(1900), FixCode.CHECK_NETWORK, False, RAW[1]))
        evidence = Evidence("wifi.ssid.changed", True, {"from": RAW[0], "to": RAW[1]})
        findings = (Finding(CauseCode.ROAMING, 0.9, (evidence,)),)
        store.save_diagnosis(1, Diagnosis(findings, "2", at(1900)))
        assert leaks(tmp_path) == []
    assert leaks(tmp_path) == []
    assert stat.S_IMODE((tmp_path / KEY_NAME).stat().st_mode) == 0o600


def test_that_two_networks_differ_is_still_known(tmp_path: Path) -> None:
    """The verdict and the report rest on whether a name changed, and not on the name."""
    verdicts = []
    for wanted in (False, True):
        folder = tmp_path / str(wanted)
        folder.mkdir(mode=0o700)
        settle(folder, is_wanted=wanted)
        with closing(open_store(folder)) as store:
            verdicts.append(replay(store, records(), frozenset())[0].diagnosis.best)
            stored = [s.value for s in store.states(0, at(9000), {"wifi.ssid"})]
            week = summary(store, week_of(START_MS, None), Settings(), at(9000))
            assert week.observed_ms > 0
    assert len(set(stored)) == 2 and all(str(v).startswith("ssid-") for v in stored)
    assert verdicts[0].cause is verdicts[1].cause
    assert verdicts[0].confidence_ratio == verdicts[1].confidence_ratio


def test_an_open_network_is_warned_of_once(tmp_path: Path) -> None:
    settle(tmp_path, is_wanted=True)
    with closing(open_store(tmp_path)) as store:
        told = 0
        for second in (0, 3600):
            network = str(store.as_stored({"wifi.ssid": RAW[0]})["wifi.ssid"])
            stored, tr = store.notices(), translator("en")
            notice = due_warning(network, True, False, True, stored, at(second), tr)
            if notice is not None:
                store.add_notice(notice)
                told += 1
        assert told == 1


def test_what_was_stored_before_is_hashed_too(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        replay(store, records(), frozenset())
        store.add_notice(Notice(NoticeKind.WARNING, START_MS, "open", "open", subject=RAW[0]))
        assert set(leaks(tmp_path)) >= {RAW[0], RAW[2]}
    settle(tmp_path, is_wanted=True)
    with closing(open_store(tmp_path)) as store:
        assert store.hide_names() is True
        assert leaks(tmp_path) == []
        assert store.hide_names() is False
        before = [s.value for s in store.states(0, at(9000), {"wifi.ssid"})]
        store.add_records([StateChange(at(4000), "wifi.ssid", RAW[0])])
        assert store.states_before(at(9000))["wifi.ssid"].value == before[0]
        assert store.notices()[0].subject == before[0]


def test_switched_off_and_on_again_the_same_network_has_the_same_name(tmp_path: Path) -> None:
    names = []
    for wanted in (True, False, True):
        settle(tmp_path, is_wanted=wanted)
        assert (tmp_path / (KEY_NAME if wanted else REST_NAME)).exists()
        with closing(open_store(tmp_path)) as store:
            store.hide_names()
            store.add_records([StateChange(START_MS, "wifi.ssid", RAW[0])])
            names.append(store.states_before(START_MS + 1)["wifi.ssid"].value)
    assert names[0] == names[2] != RAW[0] == names[1]


@pytest.mark.parametrize("lie", ["ssid-0123456789ab", "address-aaaaaaaaaaaa"])
def test_a_network_that_is_called_like_a_hash_is_hashed(lie: str) -> None:
    veil = Veil(b"k" * 32)
    hidden = veil.name("ssid", lie)
    assert hidden != lie and veil.name("ssid", hidden) == hidden


def test_another_key_gives_other_names() -> None:
    assert Veil(b"a" * 32).name("ssid", "x") != Veil(b"b" * 32).name("ssid", "x")


def test_the_daemon_stores_no_address_of_its_network(tmp_path: Path) -> None:
    """Beside the settings' own loopback it reads this machine's real link."""
    real = [value for reader in readers() for key, value in reader.read().items() if "link." in key]
    addresses = tuple(v for v in real if isinstance(v, str) and v.count(".") == 3)
    data = tmp_path / "data"
    config = LOOPBACK + NO_WALLET + "\n[privacy]\nhash_names = true\n"
    with Running(data, config) as daemon:
        rows = daemon.ask("SELECT value FROM state_change WHERE key = 'link.address'")
        assert daemon.stop()[0] == 0
    assert leaks(data, addresses) == []
    assert all(json.loads(v) is None or json.loads(v).startswith("address-") for (v,) in rows)
    logged = "".join(daemon.said)
    assert not [address for address in addresses if address in logged]


def test_a_key_that_was_deleted_with_everything_is_written_again(tmp_path: Path) -> None:
    settle(tmp_path / "data", is_wanted=True)
    with closing(open_store(tmp_path / "data")) as store:
        before = (tmp_path / "data" / KEY_NAME).read_bytes()
        (tmp_path / "data").rename(tmp_path / "gone")
        store.add_records([StateChange(START_MS, "wifi.ssid", "Cafe Sol")])
        assert (tmp_path / "data" / KEY_NAME).read_bytes() == before
        [change] = store.states(START_MS, START_MS + 1)
        assert isinstance(change.value, str) and change.value.startswith("ssid-")


def test_a_target_that_was_asked_under_both_names_is_one_again(tmp_path: Path) -> None:
    """Hashing on, off and on again: the daemon must still begin, and lose no sample."""
    for turn, wanted in enumerate((True, False, True)):
        settle(tmp_path, is_wanted=wanted)
        with closing(open_store(tmp_path)) as store:
            store.hide_names()
            since = START_MS + turn * 3_600_000
            store.add_records(
                [Sample(since + k * 5000, GATEWAY, Outcome.REPLY, 2.0) for k in range(100)]
            )
            held = store.samples(0, at(90_000))
    assert len(held) == 300
    assert len({sample.target.name for sample in held}) == 1
    assert leaks(tmp_path) == []


def test_a_restored_backup_tells_where_its_names_do_not_go_on(tmp_path: Path) -> None:
    here, copy = tmp_path / "here", tmp_path / "copy.db"
    settle(here, is_wanted=True)
    with closing(open_store(here)) as store:
        store.add_records(records())
        store.hide_names()
        store.backup(copy)
    assert restore(copy, here, START_MS).names is Fit.SAME
    settle(here, is_wanted=False)  # the key is at rest
    assert restore(copy, here, START_MS).names is Fit.SAME
    elsewhere = tmp_path / "elsewhere"
    assert restore(copy, elsewhere, START_MS).names is Fit.MISSING
    settle(elsewhere, is_wanted=True)
    assert restore(copy, elsewhere, START_MS).names is Fit.OTHER
    (elsewhere / KEY_NAME).write_bytes((here / REST_NAME).read_bytes())
    assert restore(copy, elsewhere, START_MS).names is Fit.SAME
    assert leaks(elsewhere) == []


def test_plain_names_go_on_under_any_key(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(open_store(tmp_path / "plain")) as store:
        store.add_records(records())
        store.backup(copy)
    settle(tmp_path / "hashed", is_wanted=True)
    assert restore(copy, tmp_path / "hashed", START_MS).names is Fit.SAME


def test_backup_and_restore_say_what_the_key_means(tmp_path: Path) -> None:
    here, other, copy = tmp_path / "here", tmp_path / "other", tmp_path / "copy.db"
    settle(here, is_wanted=True)
    with closing(open_store(here)) as store:
        store.hide_names()
    assert f"keep {here / KEY_NAME} too, apart from it." in told(here, "db", "backup", copy)
    assert "Wi-Fi" not in told(here, "db", "restore", copy)
    assert f"put it there as {other / KEY_NAME} before" in told(other, "db", "restore", copy)
    settle(other, is_wanted=True)
    assert f"another key than {other / KEY_NAME}: " in told(other, "db", "restore", copy)


def told(data_dir: Path, *arguments: object) -> str:
    command = [sys.executable, "-m", "monitor", "--data-dir", data_dir, "--lang", "en"]
    return subprocess.run(
        [str(word) for word in (*command, *arguments)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
        check=True,
    ).stdout
