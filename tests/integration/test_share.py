"""`share`: whatever names somebody is in no byte of the bundle, and the bundle still tells why."""

import base64
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
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
    SessionChange,
    SessionState,
    StateChange,
    Target,
)
from monitor.pipeline import replay
from monitor.store import rewriting, schema
from monitor.store.sqlite import Store, open_store
from tests.world import ANCHORS, BANK, RESOLVER, START_MS, at, down, during, rounds, up

ROOT = Path(__file__).resolve().parents[2]
HOME = Target("192.168.77.1", Role.GATEWAY, ProbeKind.ICMP, "192.168.77.1", None, 4)
WAY = (HOME, *ANCHORS, RESOLVER, BANK)
SECRET = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


def run(data_dir: Path, *arguments: str, config: str = "") -> str:
    file = data_dir.parent / "config.toml"
    file.write_text(config, encoding="utf-8")
    line = ["--config", str(file), "--data-dir", str(data_dir), "--lang", "en", *arguments]
    done = CliRunner().invoke(app, line)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def texts(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def router_dies() -> list[Record]:
    return [
        StateChange(START_MS, "link.up", True),
        StateChange(START_MS, "link.kind", "wifi"),
        StateChange(START_MS, "wifi.ssid", "Müllers Zuhause"),
        StateChange(START_MS, "link.gateway", "192.168.77.1"),
        up(0),
        *rounds(3600, during(1800, 1860, WAY), targets=WAY),
        down(1806, How.TIMEOUT),
        up(1862),
    ]


def filled(data_dir: Path, records: list[Record]) -> None:
    ordered = sorted(records, key=lambda record: record.at_ms)
    with closing(open_store(data_dir)) as store:
        replay(store, ordered, frozenset())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    filled(tmp_path / "data", router_dies())
    return tmp_path


def test_replaying_the_bundle_gives_the_same_verdict(house: Path) -> None:
    run(house / "data", "share", "1", "-o", str(house / "b.zip"))
    with zipfile.ZipFile(house / "b.zip") as opened:
        opened.extractall(house / "out")
    trace, config = str(house / "out" / "trace.jsonl"), house / "out" / "config.toml"
    run(house / "new", "replay", trace, config=config.read_text(encoding="utf-8"))
    was = json.loads(run(house / "data", "disconnects", "--json"))
    now = json.loads(run(house / "new", "disconnects", "--json"))
    assert now["cause"]["code"] == was["cause"]["code"] == "network.gateway"
    assert (now["started_at"], now["ended_at"]) == (was["started_at"], was["ended_at"])
    assert "gives the same verdict" in texts(house / "b.zip")["README.txt"]


def test_it_shows_each_file_and_what_was_replaced(house: Path) -> None:
    said = run(house / "data", "share", "1", "-o", str(house / "b.zip"))
    for name, text in texts(house / "b.zip").items():
        assert f"{name}, {len(text.encode())} bytes" in said
    assert "Wi-Fi names: 1 different" in said
    assert "nothing was sent" in said


def test_the_bundle_of_a_week_holds_its_report(house: Path) -> None:
    run(house / "data", "share", "--week", "2026-W39", "-o", str(house / "w.zip"))
    held = texts(house / "w.zip")
    assert json.loads(held["report.json"])["disconnects"]["count"] == 1
    assert "router" in held["report.txt"].lower()
    assert "Zuhause" not in "".join(held.values()) and "192.168" not in "".join(held.values())
    assert held["trace.jsonl"].count('"kind": "sample"') > 100


def test_only_its_owner_may_read_it_and_nothing_is_overwritten(house: Path) -> None:
    bundle = house / "b.zip"
    run(house / "data", "share", "1", "-o", str(bundle))
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    (house / "link.zip").symlink_to(house / "elsewhere")
    for there in (bundle, house / "link.zip"):
        command = [sys.executable, "-m", "monitor", "--data-dir", str(house / "data"), "share", "1"]
        again = subprocess.run(
            [*command, "-o", str(there)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "WALLETWATCH_LANG": "en"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode == 2 and "already exists" in again.stderr
    assert not (house / "elsewhere").exists()


def test_two_bundles_of_the_same_cannot_be_told_by_their_names(house: Path) -> None:
    for name in ("a", "b"):
        run(house / "data", "share", "1", "-o", str(house / f"{name}.zip"))
    traces = [texts(house / f"{name}.zip")["trace.jsonl"] for name in ("a", "b")]
    assert traces[0] != traces[1]


def test_no_column_of_text_is_forgotten() -> None:
    """A column that holds text is either rewritten, or holds codes of ours alone."""
    found = {
        f"{table.name}.{column.name}"
        for table in schema.metadata.tables.values()
        for column in table.columns
        if str(column.type) == "TEXT"
    }
    assert found == rewriting.REWRITTEN | rewriting.CODES


def everywhere(store: Store, secrets: dict[str, str]) -> None:
    """Write one secret into each field of text that a store has."""
    s = secrets
    wallet = Target(s["wallet"], Role.WALLET, ProbeKind.ICMP, s["host"], 443, 4, s["wallet"])
    odd = Target(s["target"], Role.ANCHOR, ProbeKind.TCP, s["host"], 53, 4, None, s["device"])
    begin = START_MS + 600_000
    store.add_records(
        [
            StateChange(START_MS, "wifi.ssid", s["ssid"]),
            StateChange(START_MS, "link.interface", s["interface"]),
            StateChange(START_MS, "link.address", s["address"]),
            StateChange(START_MS, "network.resolvers", f"{s['address']},223.5.5.5"),
            StateChange(START_MS, "app.blocked_by", s["block"]),
            StateChange(START_MS, "app.version", s["version"]),
            StateChange(START_MS, f"tcp.{s['wallet']}.rtt_ms", 4.5),
            StateChange(START_MS, s["key"], s["value"]),
            StateChange(START_MS, "link.kind", s["value"], s["device"]),
            SessionChange(START_MS, s["wallet"], SessionState.UP),
            *(
                Sample(begin + 1000 * i, target, Outcome.TIMEOUT)
                for i in range(20)
                for target in (wallet, odd)
            ),
            SessionChange(
                begin, s["wallet"], SessionState.DOWN, How.RESET, detail=f"[Errno 5] {s['detail']}"
            ),
            SessionChange(begin, s["wallet"], SessionState.DOWN, How.CRASH, s["source"]),
            SessionChange(begin + 60_000, s["wallet"], SessionState.UP),
        ]
    )
    kept = store.insert_disconnect(
        Disconnect(
            s["wallet"], s["source"], begin, begin + 60_000, How.REPORTED, begin, note=s["note"]
        )
    )
    values = {"from": s["ssid"], "to": s["value"], "blocked_by": s["block"]}
    evidence = Evidence("wifi.ssid.changed", True, values)
    findings = (Finding(CauseCode.ROAMING, 0.8, (evidence,)),)
    store.save_diagnosis(kept.id or 0, Diagnosis(findings, s["value"], begin))
    store.add_notice(Notice(NoticeKind.WARNING, begin, s["title"], s["title"], subject=s["ssid"]))
    store.add_fix_mark(FixMark(begin, FixCode.UPDATE_APP, False, s["value"]))
    store.set_meta(s["key"], s["value"])


FIELDS = (
    *("ssid", "interface", "address", "block", "version", "key", "value", "wallet"),
    *("host", "target", "device", "detail", "source", "note", "title"),
)


@st.composite
def secrets_of_a_house(draw: st.DrawFn) -> dict[str, str]:
    """A secret for each field, unlike any word of ours: 'Zq' and a number stand in it."""
    return {
        field: f"Zq{number}x{draw(SECRET)}".replace("\x00", "").replace(",", "")
        for number, field in enumerate(FIELDS, 10)
    } | {"address": f"10.{draw(st.integers(40, 250))}.{draw(st.integers(40, 250))}.77"}


def shapes(secret: str) -> list[bytes]:
    """A secret as it might still stand in a file: as it is, in base64, escaped."""
    raw = secret.encode()
    core = secret[:4] if secret.startswith("Zq") else secret
    found = [core, core.lower(), json.dumps(secret)[1:-1], secret]
    wrapped = [base64.b64encode(raw)[: len(raw) // 3 * 4], raw.hex().encode()]
    return [*(text.lower().encode() for text in found), *(w.lower() for w in wrapped if len(w) > 7)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database: making one takes a process of its own."""
    folder = tmp_path_factory.mktemp("empty")
    open_store(folder).close()
    return folder


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(secrets_of_a_house())
def test_no_secret_is_in_any_byte_of_a_bundle(
    tmp_path_factory: pytest.TempPathFactory, empty: Path, secrets: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("share")
    shutil.copytree(empty, folder / "data")
    with closing(open_store(folder / "data")) as store:
        everywhere(store, secrets)
        week = "2026-W39"
    config = "".join(
        f"[wallets.{json.dumps(name)}]\ntitle = {json.dumps('Zq90 title')}\n"
        'hosts = ["zq91.example:443"]\nprocess = "Zq92app"\nheartbeat_path = "/Zq93"\n'
        for name in ("Zq94mine",)
    )
    config += '[gateway]\nhost = "10.9.8.7"\n[resolvers]\nhosts = ["10.9.8.6"]\n'
    config += 'name = "zq95.example"\n[portal]\nurl = "http://zq96.example/zq97"\n'
    own = {f"own{n}": f"Zq{n}" for n in range(90, 98)} | {"a": "10.9.8.7", "b": "10.9.8.6"}
    for line in (["1"], ["--week", week]):
        bundle = folder / f"{line[-1]}.zip"
        run(folder / "data", "share", *line, "-o", str(bundle), config=config)
        everything = bundle.read_bytes() + "\n".join(texts(bundle).values()).encode()
        with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as opened:
            everything += str([i.filename for i in opened.infolist()]).encode()
        small = everything.lower()
        for field, secret in (secrets | own).items():
            for shape in shapes(secret):
                assert shape not in small, (field, secret, shape)


def test_the_machine_and_its_user_are_not_named(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/user/Zq-home")
    monkeypatch.setenv("USER", "Zq-user")
    run(house / "data", "share", "1", "-o", str(house / "b.zip"))
    whole = "\n".join(texts(house / "b.zip").values())
    for name in ("Zq-", os.uname().nodename, str(house), os.uname().version):
        assert name not in whole


def test_what_a_disconnect_says_besides_names_stays(house: Path) -> None:
    with closing(open_store(house / "data")) as store:
        [found] = store.disconnects()
        store.add_records(
            [replace(down(1806, How.RESET), detail="[Errno 104] Connection reset by peer")]
        )
        assert found.id == 1
    run(house / "data", "share", "1", "-o", str(house / "b.zip"))
    assert "[Errno 104] Connection reset by peer" in texts(house / "b.zip")["trace.jsonl"]
    assert at(0) == START_MS
