"""The command line as its users meet it: real processes, a real store."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import (
    Outcome,
    ProbeKind,
    Role,
    Sample,
    SessionChange,
    SessionState,
    StateChange,
    Target,
)
from monitor.store.lock import hold
from monitor.store.sqlite import open_store

ROOT = Path(__file__).parents[2]
BEGAN = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
RIGHTS = "-dac_override,-dac_read_search"
UNPRIVILEGED = (
    ("setpriv", f"--bounding-set={RIGHTS}", f"--inh-caps={RIGHTS}")
    if os.name == "posix" and os.geteuid() == 0
    else ()
)
"""Root may read everything; without these two rights it is told what others are told."""
needs_setpriv = pytest.mark.skipif(
    bool(UNPRIVILEGED) and shutil.which("setpriv") is None, reason="as root needs setpriv"
)
DEAD_S = range(190, 232)
"""Seconds into the trace in which the router is silent."""


@dataclass(frozen=True)
class Shell:
    """Runs walletwatch in a data directory of its own, in UTC and English."""

    folder: Path

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "monitor", *arguments],
            cwd=ROOT,
            env=self.environment() | environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "WALLETWATCH_DATA_DIR": str(self.data_dir),
            "WALLETWATCH_LANG": "en",
            "XDG_CONFIG_HOME": str(self.folder / "config-home"),
            "TZ": "UTC",
            "PYTHONUTF8": "1",
        }

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    def done(self, *arguments: str, **environment: str) -> str:
        run = self(*arguments, **environment)
        assert (run.returncode, run.stderr) == (0, "")
        return run.stdout

    def refused(self, *arguments: str) -> str:
        run = self(*arguments)
        assert (run.returncode, run.stdout) == (2, "")
        assert "Traceback" not in run.stderr
        return run.stderr.strip()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell whose store holds ten minutes with one silent router in it."""
    shell = Shell(tmp_path_factory.mktemp("replayed"))
    shell.done("replay", str(written_trace(shell.folder)))
    return shell


def written_trace(folder: Path) -> Path:
    path = folder / "trace.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in trace()), encoding="utf-8")
    return path


def trace() -> Iterator[dict[str, object]]:
    """Ten minutes, a round each 5 s; the router falls silent, and all behind it with it."""
    targets = [
        ("gw", "gateway", "icmp"),
        ("a", "anchor", "icmp"),
        ("b", "anchor", "icmp"),
        ("c", "anchor", "icmp"),
        ("icbc", "wallet", "tcp"),
    ]
    for second in range(600):
        at = (BEGAN + timedelta(seconds=second)).isoformat()
        if second == 0:
            yield {"kind": "state", "at": at, "key": "link.up", "value": True}
            yield {"kind": "session", "at": at, "wallet": "icbc", "state": "up", "how": None}
        if second == 194:
            yield {
                "kind": "session",
                "at": at,
                "wallet": "icbc",
                "state": "down",
                "how": "timeout",
            }
        if second == 233:
            yield {"kind": "session", "at": at, "wallet": "icbc", "state": "up", "how": None}
        if second % 5 == 0:
            for name, role, probe in targets:
                lost = second in DEAD_S
                yield {
                    "kind": "sample",
                    "at": at,
                    "target": name,
                    "role": role,
                    "probe": probe,
                    "outcome": "timeout" if lost else "reply",
                    "rtt_ms": None if lost else 4.5,
                }


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_help_names_every_command_and_needs_no_store(shell: Shell) -> None:
    told = shell.done("--help")
    for command in ("run", "check", "status", "disconnects", "explain", "event", "report"):
        assert f"\n  {command} " in told
    assert not shell.data_dir.exists()


def test_help_imports_nothing_heavy() -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "monitor", "--help"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    heavy = ("rich", "sqlalchemy", "alembic", "apscheduler", "psutil", "ping3", "plyer")
    assert [name for name in heavy if name in imported] == []
    assert "monitor.cli.main" in imported


@pytest.mark.parametrize(
    "arguments",
    [
        ("--lang", "fr", "status"),
        ("explain", "seven"),
        ("explain", "99999999999999999999"),
        ("event", "confirm", "99999999999999999999", "--cause", "network.isp"),
        ("run", "--duration", "-1"),
        ("status",),
        ("disconnects", "--since", "soon"),
        ("report", "--week", "2025-W53"),
        ("report", "--format", "pdf"),
        ("event", "add", "--wallet", "icbc", "--at", "noon"),
        ("event", "confirm", "1", "--cause", "weather"),
        ("replay", "none.jsonl"),
        ("config", "check", "--config", "tests/config/bad/role.toml"),
        ("config", "check", "--config", "none.toml"),
    ],
)
def test_wrong_use_ends_with_2_and_no_traceback(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell.refused(*arguments)


def test_a_bad_configuration_is_told_with_every_place(shell: Shell) -> None:
    told = shell.refused("config", "show", "--config", "tests/config/bad/all_at_once.toml")
    assert told.startswith("tests/config/bad/all_at_once.toml cannot be used:\n  interval_s: ")
    assert len(told.splitlines()) == 8


def test_config_init_writes_what_config_check_finds_good(shell: Shell, tmp_path: Path) -> None:
    path = str(tmp_path / "sub" / "config.toml")
    assert shell.done("config", "init", "--config", path) == f"Written to {path}.\n"
    assert shell.done("--config", path, "config", "check") == f"{path} is good.\n"
    assert "already exists" in shell.refused("config", "init", "--config", path)
    written = Path(path).read_text(encoding="utf-8")
    assert written.startswith("# ")
    assert tomllib.loads(shell.done("config", "show")) == tomllib.loads(written)


def test_a_snooze_is_kept_told_and_taken_back(shell: Shell) -> None:
    assert "walletwatch run" in shell.refused("snooze")
    assert shell.done("snooze", "2h").startswith("No notices until ")
    told = json.loads(shell.done("snooze", "--json"))
    assert told["snoozed"] is True
    until = datetime.fromisoformat(told["until"]).timestamp()
    assert 7_000 < until - SystemClock().wall_ms() / 1000 <= 7_200
    assert shell.done("snooze", "until", "08:00").startswith("No notices until ")
    assert shell.done("snooze", "off") == "Notices are not snoozed.\n"
    assert json.loads(shell.done("snooze", "--json")) == {"snoozed": False, "until": None}
    assert "until 08:00" in shell.refused("snooze", "soon")


def test_status_tells_a_running_daemon_from_a_killed_one(shell: Shell) -> None:
    now_ms = SystemClock().wall_ms()
    store = open_store(shell.data_dir)
    try:
        run_id = store.start_run(now_ms - 70_000, os.getpid(), "test")
        target = Target("gw", Role.GATEWAY, ProbeKind.ICMP)
        store.add_records(
            [
                Sample(now_ms - 60_000, target, Outcome.REPLY, 1.5),
                SessionChange(now_ms - 50_000, "icbc", SessionState.UP),
                StateChange(now_ms - 40_000, "power.battery_saver", True),
            ]
        )
        with hold(shell.data_dir):
            seen = json.loads(shell("status", "--json").stdout)
            page = shell("status").stdout
        assert (seen["running"], seen["pid"]) == (True, os.getpid())
        (target_seen,) = seen["targets"]
        assert (target_seen["target"], target_seen["outcome"]) == ("gw", "reply")
        assert 60 <= target_seen["age_s"] < 120
        assert seen["sessions"][0]["state"] == "up"
        assert seen["states"] == {"power.battery_saver": True}
        assert "Watching since" in page
        assert "power.battery_saver" in page
        left = Target("left", Role.GATEWAY, ProbeKind.ICMP)
        store.add_records([Sample(now_ms - 86_400_000, left, Outcome.REPLY, 1.5)])
        assert len(json.loads(shell.done("status", "--json"))["targets"]) == 1
        assert "left" not in shell.done("status")
        # killed: nobody holds the directory any more, whatever the store still says
        assert json.loads(shell.done("status", "--json"))["running"] is False
        assert "Not watching" in shell.done("status")
        store.end_run(run_id, now_ms)
        assert json.loads(shell.done("status", "--json"))["running"] is False
    finally:
        store.close()


def test_db_tells_copies_and_prunes(shell: Shell, tmp_path: Path) -> None:
    target = Target("gw", Role.GATEWAY, ProbeKind.ICMP)
    now_ms = SystemClock().wall_ms()
    store = open_store(shell.data_dir)
    for at_ms in (now_ms - 40 * 86_400_000, now_ms - 1000):
        store.add_records([Sample(at_ms, target, Outcome.REPLY, 1.5)])
    store.close()
    told = json.loads(shell.done("db", "info", "--json"))
    assert told["sample_count"] == 2
    assert told["span"][1].endswith("Z")
    assert "samples" in shell.done("db", "info")
    copy = tmp_path / "copy.db"
    shell.done("db", "backup", str(copy))
    assert copy.stat().st_size > 0
    whole = copy.read_bytes()
    assert "already exists" in shell.refused("db", "backup", str(copy))
    assert copy.read_bytes() == whole
    assert "deleted" in shell.done("db", "prune")
    assert json.loads(shell.done("db", "info", "--json"))["sample_count"] == 1


def test_a_replayed_trace_is_listed_with_its_cause(replayed: Shell) -> None:
    (line,) = lines(replayed.done("disconnects", "--json"))
    assert list(line) == [
        "id",
        "wallet",
        "source",
        "started_at",
        "ended_at",
        "duration_s",
        "how",
        "cause",
        "runner_up",
        "evidence",
        "fixes",
        "confirmed",
    ]
    assert (line["wallet"], line["how"], line["confirmed"]) == ("icbc", "timeout", None)
    assert line["started_at"] in ("2026-11-18T08:03:10.000Z", "2026-11-18T08:03:14.000Z")
    assert isinstance(line["cause"], dict)
    assert line["cause"]["code"] == "network.gateway"
    assert isinstance(line["evidence"], list)
    assert all(list(item) == ["code", "text", "supports"] for item in line["evidence"])
    listed = replayed.done("disconnects")
    assert "2026-11-18 08:03:1" in listed
    assert "fell silent" in listed


def test_the_list_can_be_narrowed(replayed: Shell) -> None:
    assert len(lines(replayed.done("disconnects", "--wallet", "icbc", "--json"))) == 1
    assert replayed.done("disconnects", "--wallet", "alipay", "--json") == ""
    assert replayed.done("disconnects", "--since", "2026-11-18T09:00:00Z", "--json") == ""
    assert replayed.done("disconnects", "--until", "2026-11-18T08:00:00Z", "--json") == ""
    assert replayed.done("disconnects", "--until", "2026-11-18T08:00:00Z") == "No disconnect.\n"


def test_explain_tells_the_way_from_observation_to_mend(replayed: Shell) -> None:
    page = replayed.done("explain", "1")
    for part in ("Timeline", "What speaks for it", "What to do", "session down", "router"):
        assert part in page
    told = json.loads(replayed.done("explain", "1", "--json"))
    assert told["id"] == 1
    moments = [moment["at"] for moment in told["timeline"]]
    assert moments == sorted(moments)
    assert {"session", "episode", "disconnect"} <= {m["kind"] for m in told["timeline"]}
    assert "no disconnect 99" in replayed.refused("explain", "99")


def test_the_week_is_reported_in_both_forms(replayed: Shell, tmp_path: Path) -> None:
    document = json.loads(replayed.done("report", "--week", "2026-W47", "--format", "json"))
    assert document["week"] == "2026-W47"
    assert document["span"]["start"] == "2026-11-16T00:00:00+00:00"
    assert document["disconnects"]["count"] == 1
    assert 38 <= document["disconnects"]["lost_s"] <= 50
    assert document["causes"][0]["code"] == "network.gateway"
    assert document["action"]["fix"] == "check_network"
    assert 590 <= document["observed_s"] <= 600
    to = tmp_path / "report.txt"
    assert replayed.done("report", "--week", "2026-W47", "-o", str(to)) == ""
    text = to.read_text(encoding="utf-8")
    assert text.startswith("Week 2026-W47, 2026-11-16 to 2026-11-22\n1 disconnect, ")
    assert len(replayed.done("report", "--week", "2026-W40").splitlines()) == 2


def test_the_zone_decides_when_a_week_begins(replayed: Shell) -> None:
    document = json.loads(
        replayed.done("report", "--week", "2026-W43", "--format", "json", TZ="Europe/Berlin")
    )
    assert document["span"]["start"] == "2026-10-19T00:00:00+02:00"
    assert document["span"]["end"] == "2026-10-26T00:00:00+01:00"


def test_json_keeps_english_codes_in_chinese(replayed: Shell) -> None:
    (line,) = lines(replayed.done("--lang", "zh", "disconnects", "--json"))
    assert isinstance(line["cause"], dict)
    assert (line["cause"]["code"], line["how"]) == ("network.gateway", "timeout")


def test_an_export_replays_into_the_same_history(replayed: Shell, tmp_path: Path) -> None:
    to = tmp_path / "export.jsonl"
    replayed.done("export", "-o", str(to))
    other = Shell(tmp_path)
    assert other.done("replay", str(to)) == "1 disconnect found.\n"
    assert other.done("disconnects", "--json") == replayed.done("disconnects", "--json")
    assert other.done("export") == to.read_text(encoding="utf-8")


def test_replay_wants_an_empty_data_directory(replayed: Shell) -> None:
    trace_file = str(replayed.folder / "trace.jsonl")
    assert "holds data already" in replayed.refused("replay", trace_file)


def test_a_bad_trace_is_told_by_its_line_and_stores_nothing(shell: Shell) -> None:
    path = written_trace(shell.folder)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"kind": "sample", "at": "noon"}\n')
    count = len(path.read_text(encoding="utf-8").splitlines())
    assert str(count) in shell.refused("replay", str(path))
    assert not shell.data_dir.exists()


def test_an_event_of_the_user_is_stored_and_confirmed(shell: Shell) -> None:
    told = shell.done(
        "event", "add", "--wallet", "icbc", "--at", "2026-11-18T08:00:00Z", "--until",
        "2026-11-18T08:01:30Z", "--note", "付款时",
    )  # fmt: skip
    assert told == "Stored as disconnect 1.\n"
    (line,) = lines(shell.done("disconnects", "--json"))
    assert (line["source"], line["how"], line["duration_s"]) == ("reported", "reported", 90.0)
    assert "付款时" in shell.done("disconnects")
    shell.done("event", "confirm", "1", "--cause", "network.isp")
    (line,) = lines(shell.done("disconnects", "--json"))
    assert line["confirmed"] == "network.isp"
    assert "network.isp" in shell.refused("event", "confirm", "1", "--cause", "weather")
    assert "no disconnect 9" in shell.refused("event", "confirm", "9", "--cause", "account")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--wallet", "icb", "--at", "2026-11-18T08:00:00Z"), "did you mean icbc?"),
        (("--wallet", "icbc", "--at", "2999-01-01T00:00:00Z"), "lies in the future"),
        (
            ("--wallet", "icbc", "--at", "2026-11-18", "--until", "2999-01-01T00:00:00Z"),
            "'2999-01-01T00:00:00Z' lies in the future",
        ),
        (
            ("--wallet", "icbc", "--at", "2026-11-18", "--until", "2026-11-17"),
            "it ended before it began",
        ),
    ],
)
def test_an_event_that_cannot_be_is_refused(
    shell: Shell, arguments: tuple[str, ...], message: str
) -> None:
    assert message in shell.refused("event", "add", *arguments)


GOOD_CSV = (
    "wallet,at,until,note\n"
    'icbc,2026-11-18T08:00:00Z,2026-11-18T08:01:00Z,"paying, at noon"\n'
    "icbc,2026-11-18T09:00:00Z,,\n"
)


def test_an_import_may_be_repeated(shell: Shell) -> None:
    as_csv, as_jsonl = shell.folder / "seen.csv", shell.folder / "seen.jsonl"
    as_csv.write_bytes(b"\xef\xbb\xbf" + GOOD_CSV.encode())
    as_jsonl.write_text(
        '{"wallet": "icbc", "at": "2026-11-18T17:00:00+08:00"}\n\n'
        '{"wallet": "icbc", "at": "2026-11-18T10:00:00Z", "until": null, "note": "x"}\n'
    )
    assert shell.done("event", "import", str(as_csv)) == "2 stored, 0 known already.\n"
    assert shell.done("event", "import", str(as_csv)) == "0 stored, 2 known already.\n"
    assert shell.done("event", "import", str(as_jsonl)) == "1 stored, 1 known already.\n"
    assert len(lines(shell.done("disconnects", "--json"))) == 3


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("a.csv", GOOD_CSV + "icbc,noon,,\n", 4, "at is 'noon', which is no time"),
        ("b.csv", GOOD_CSV + "icbc\n", 4, "has 1 fields and the header names 4"),
        ("c.csv", "wallet,until\n", 1, "has no column at"),
        ("d.csv", "wallet,at,colour\n", 1, "unknown column 'colour'"),
        ("e.jsonl", '{"wallet": "icbc"\n', 1, "is no JSON object"),
        ("f.jsonl", '{"wallet": "icbc", "at": true}\n', 1, "which is no time"),
        ("g.csv", GOOD_CSV + "icb,2026-11-18T10:00:00Z,,\n", 4, "did you mean icbc?"),
        ("h.csv", GOOD_CSV + "icbc,2999-01-01T00:00:00Z,,\n", 4, "lies in the future"),
        ("i.csv", GOOD_CSV + "icbc,2026-11-18T10:00:00,,\n", 4, "without its offset"),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_nothing_is_imported(
    shell: Shell, name: str, content: str, line: int, message: str
) -> None:
    path = shell.folder / name
    path.write_text(content, encoding="utf-8")
    told = shell.refused("event", "import", str(path))
    assert f"{path}, line {line}: " in told
    assert message in told
    assert told.endswith("nothing was imported")
    listed = shell("disconnects", "--json")
    assert listed.stdout == ""


def test_an_empty_file_and_none_are_told(shell: Shell) -> None:
    path = shell.folder / "empty.csv"
    path.write_bytes(b"")
    told = shell.refused("event", "import", str(path))
    assert f"{path}: is empty" in told
    assert "cannot be read" in shell.refused("event", "import", str(shell.folder / "none.csv"))


def test_what_was_added_by_hand_and_stands_in_a_file_is_stored_once(shell: Shell) -> None:
    path = shell.folder / "seen.csv"
    path.write_text(GOOD_CSV)
    shell.done("event", "add", "--wallet", "icbc", "--at", "2026-11-18T09:00:00Z")
    assert shell.done("event", "import", str(path)) == "1 stored, 1 known already.\n"


def test_two_processes_may_write_at_once(shell: Shell) -> None:
    shell.done("event", "add", "--wallet", "icbc", "--at", "2026-11-18T08:00:00Z")
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "monitor", "event", "add", "--wallet", "icbc", "--at",
             f"2026-11-18T09:0{minute}:00Z"],
            cwd=ROOT,
            env=shell.environment(),
            stdout=subprocess.DEVNULL,
        )
        for minute in range(4)
    ]  # fmt: skip
    assert [process.wait(60) for process in both] == [0, 0, 0, 0]
    assert len(lines(shell.done("disconnects", "--json"))) == 5


def test_a_link_and_a_device_are_written_through(replayed: Shell, tmp_path: Path) -> None:
    """Another file in the place of /dev/stdout would break every program of the machine."""
    real, link, pipe = tmp_path / "real", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(real)
    replayed.done("export", "-o", str(link))
    assert link.is_symlink()
    assert real.read_text() == replayed.done("export")
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    replayed.done("export", "-o", str(pipe))
    assert pipe.is_fifo()
    assert reader.communicate(timeout=20)[0] == real.read_text()


@pytest.mark.parametrize("end", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("command", ["disconnects", "explain 1", "status --json", "export"])
def test_a_closed_output_is_no_failure_of_ours(replayed: Shell, command: str, end: str) -> None:
    run = subprocess.run(
        f"'{sys.executable}' -m monitor {command} {end}",
        shell=True,
        cwd=ROOT,
        env=replayed.environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("command", ["disconnects", "report --week 2026-W47", "export"])
def test_a_full_disk_under_the_output_is_told(replayed: Shell, command: str) -> None:
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "monitor", *command.split()],
            cwd=ROOT,
            env=replayed.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    told = "walletwatch: the output cannot be written: No space left on device\n"
    assert (run.returncode, run.stderr) == (1, told)


def test_a_note_in_another_encoding_is_kept_as_far_as_it_can_be_read(shell: Shell) -> None:
    note = b"caf\xe9".decode("utf-8", "surrogateescape")
    shell.done("event", "add", "--wallet", "icbc", "--at", "2026-11-18T08:00:00Z", "--note", note)
    assert "caf?" in shell.done("disconnects")


@needs_setpriv
@pytest.mark.parametrize(
    "arguments",
    [
        ("config", "check"),
        ("status", "--data-dir", "{closed}"),
        ("status", "--config", "{closed}/walletwatch/config.toml"),
        ("db", "backup", "{closed}/copy.db"),
        ("replay", "{unreadable}"),
        ("event", "import", "{unreadable}"),
    ],
)
def test_what_may_not_be_read_is_told_in_one_sentence(
    replayed: Shell, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    closed, unreadable = tmp_path / "closed", tmp_path / "unreadable"
    (closed / "walletwatch").mkdir(parents=True)
    closed.chmod(0)
    unreadable.touch(0)
    named = [a.format(closed=closed, unreadable=unreadable) for a in arguments]
    try:
        run = subprocess.run(
            [*UNPRIVILEGED, sys.executable, "-m", "monitor", *named],
            cwd=ROOT,
            env=replayed.environment() | {"XDG_CONFIG_HOME": str(closed)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    finally:
        closed.chmod(0o700)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    assert "Usage" not in run.stderr


@needs_setpriv
@pytest.mark.parametrize("more", [(), ("--force",)])
def test_a_backup_that_cannot_be_written_is_told_by_its_own_name(
    replayed: Shell, tmp_path: Path, more: tuple[str, ...]
) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o500)
    to = folder / "copy.db"
    run = subprocess.run(
        [*UNPRIVILEGED, sys.executable, "-m", "monitor", "db", "backup", str(to), *more],
        cwd=ROOT,
        env=replayed.environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    told = f"{to} cannot be written (Permission denied): name another file, or mend that"
    assert run.stderr == f"walletwatch: {told}\n"


def test_a_damaged_database_is_what_a_backup_names(replayed: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.done("db", "backup", str(tmp_path / "x.db"), WALLETWATCH_DATA_DIR=str(replayed.data_dir))
    shell.data_dir.mkdir(mode=0o700)
    database = shell.data_dir / "walletwatch.db"
    content = bytearray((tmp_path / "x.db").read_bytes())
    content[-8192:] = b"\xff" * 8192
    database.write_bytes(content)
    told = shell.refused("db", "backup", str(tmp_path / "copy.db"))
    assert told.startswith(f"walletwatch: {database} is ")
    assert ".part" not in told
    assert not list(tmp_path.glob("copy*"))


def test_a_name_gives_no_command_to_the_terminal(shell: Shell, tmp_path: Path) -> None:
    """Anybody within reach may call his Wi-Fi whatever he likes."""
    trace = tmp_path / "trace.jsonl"
    state = {"kind": "state", "at": 1_795_000_000_000, "key": "wifi.ssid", "value": "\x1b[2J\x9b2J"}
    trace.write_text(json.dumps(state) + "\n")
    shell.done("replay", str(trace))
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        done = subprocess.Popen(
            [sys.executable, "-m", "monitor", "status"],
            cwd=ROOT,
            env=shell.environment(),
            stdout=theirs,
        )
        assert done.wait(30) == 0
        os.close(theirs)
        shown = screen.read(65_536).decode()
    assert "wifi.ssid" in shown
    assert "\x1b[2J" not in shown
    assert "\x9b" not in shown


def test_a_reader_that_goes_away_is_no_failure_of_ours(replayed: Shell) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        run = subprocess.run(
            [sys.executable, "-m", "monitor", "export"],
            cwd=ROOT,
            env=replayed.environment(),
            stdout=gone,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert b"Traceback" not in run.stderr
