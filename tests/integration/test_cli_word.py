"""`event confirm`, `rediagnose` and the page of `explain`, as their users meet them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from monitor.wrap import width
from tests.integration.running import LOOPBACK, NO_WALLET, Running

ROOT = Path(__file__).parents[2]
TRACE = "docs/example.jsonl"
CONFIG = str(ROOT / "config.example.toml")


def walletwatch(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "WALLETWATCH_DATA_DIR": str(folder / "data"),
            "WALLETWATCH_CONFIG": CONFIG,
            "WALLETWATCH_LANG": "en",
            "TZ": "Asia/Shanghai",
            "PYTHONUTF8": "1",
            **environment,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def done(folder: Path, *arguments: str, **environment: str) -> str:
    run = walletwatch(folder, *arguments, **environment)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def refused(folder: Path, *arguments: str) -> str:
    run = walletwatch(folder, *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    return run.stderr.strip()


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A folder with the two disconnects of the example: the router, and the bank's side."""
    done(tmp_path, "replay", TRACE)
    return tmp_path


def confirmed(folder: Path) -> list[object]:
    listed = done(folder, "disconnects", "--json").splitlines()
    return [json.loads(line)["confirmed"] for line in listed]


def with_old_answer(folder: Path) -> None:
    """Let disconnect 1 have been judged by an older engine, and wrongly."""
    with closing(sqlite3.connect(folder / "data" / "walletwatch.db")) as connection, connection:
        connection.execute(
            "UPDATE diagnosis SET engine = '0', cause = 'network.isp',"
            " findings = replace(findings, 'network.gateway', 'network.isp')"
            " WHERE disconnect_id = 1"
        )


def test_the_word_is_told_back_with_the_accuracy_so_far(example: Path) -> None:
    assert done(example, "event", "confirm", "2", "--wrong") == (
        "Disconnect 2: you say that it was not: The bank's side ended the connection.\n"
        "You agreed with 0 of 1 answer.\n"
    )
    assert done(example, "event", "confirm", "1", "--cause", "network.gateway") == (
        "Disconnect 1: you say that it was: The router did not answer.\n"
        "You agreed with 1 of 2 answers.\n"
    )
    assert confirmed(example) == ["network.gateway", None]
    listed = done(example, "disconnects")
    assert "The router did not answer (confirmed by you)" in listed
    assert "(wrong, you say)" in listed
    assert "You agreed with 1 of 2 answers." in done(example, "status")
    assert json.loads(done(example, "status", "--json"))["accuracy"] == {"agreed": 1, "count": 2}
    assert done(example, "event", "confirm", "1", "--forget") == (
        "Disconnect 1: what you said is forgotten.\nYou agreed with 0 of 1 answer.\n"
    )
    assert confirmed(example) == [None, None]
    assert done(example, "event", "confirm", "2", "--forget") == (
        "Disconnect 2: what you said is forgotten.\n"
    )
    assert "agreed" not in done(example, "status")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1",), "give one of --cause CODE, --wrong and --forget"),
        (("1", "--wrong", "--forget"), "give one of"),
        (("1", "--cause", "account", "--wrong"), "give one of"),
        (("1", "--cause", "network.gatway"), "did you mean network.gateway?"),
        (("1", "--cause", "weather"), "the causes are: network.link_down"),
        (("9", "--wrong"), "there is no disconnect 9"),
        (("9", "--forget"), "there is no disconnect 9"),
        (("99999999999999999999", "--wrong"), "there is no disconnect 9"),
    ],
)
def test_a_word_that_cannot_be_taken_is_refused(
    example: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused(example, "event", "confirm", *arguments)
    assert confirmed(example) == [None, None]


def test_a_second_look_tells_what_changes_and_stores_only_when_told_to(example: Path) -> None:
    assert done(example, "rediagnose") == "0 verdicts change, 2 stay.\n"
    with_old_answer(example)
    done(example, "event", "confirm", "1", "--cause", "network.dns")
    told = done(example, "rediagnose", "--since", "2026-11-17")
    assert "The internet provider was down (95 %), engine 0" in told
    assert "The router did not answer (95 %), engine " in told
    assert told.endswith("1 verdict changes, 1 stay.\nNothing was stored: --apply does that.\n")
    assert done(example, "rediagnose") == told
    line, other = map(json.loads, done(example, "rediagnose", "--apply", "--json").splitlines())
    assert (line["id"], line["changes"], line["stored"], line["left_alone"]) == (
        1,
        True,
        True,
        False,
    )
    assert line["before"] == {"code": "network.isp", "confidence": 0.95, "engine": "0"}
    assert line["after"]["code"] == "network.gateway"
    assert (other["changes"], other["stored"]) == (False, False)
    assert done(example, "rediagnose", "--apply") == "0 verdicts change, 2 stay.\n"
    assert confirmed(example) == ["network.dns", None]


def test_what_is_no_longer_measured_is_left_alone(example: Path) -> None:
    with_old_answer(example)
    with closing(sqlite3.connect(example / "data" / "walletwatch.db")) as connection, connection:
        connection.execute("DELETE FROM sample_block")
    told = done(example, "rediagnose", "--apply")
    assert told.startswith("0 verdicts change, 0 stay.\n2 were left alone: ")
    assert "The internet provider was down" in done(example, "disconnects")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--since", "soon"), "is not a time"),
        (("--wallet", "icb"), "did you mean icbc?"),
    ],
)
def test_a_second_look_at_nothing_sensible_is_refused(
    example: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused(example, "rediagnose", *arguments)


def test_a_list_of_a_wallet_that_nobody_knows_is_refused(example: Path) -> None:
    assert "did you mean icbc?" in refused(example, "disconnects", "--wallet", "icb")


def test_a_second_look_without_a_store_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path, "rediagnose")


def test_a_second_look_may_be_taken_while_the_daemon_runs(example: Path) -> None:
    with_old_answer(example)
    with Running(example / "data", LOOPBACK + NO_WALLET) as daemon:
        assert done(example, "rediagnose", "--apply").startswith("id ")
        done(example, "event", "confirm", "1", "--cause", "network.gateway")
        before = len(daemon.sample_times())
        deadline = time.monotonic() + 30
        while len(daemon.sample_times()) <= before:  # the daemon goes on writing
            assert time.monotonic() < deadline
            time.sleep(0.2)
        code, _ = daemon.stop()
    assert code == 0
    assert not [line for line in daemon.said if "Traceback" in line or "locked" in line]
    assert confirmed(example)[:2] == ["network.gateway", None]


def test_the_page_fits_eighty_columns_in_both_languages(example: Path) -> None:
    for language in ("en", "zh"):
        for number in ("1", "2"):
            page = done(example, "explain", number, WALLETWATCH_LANG=language)
            assert max(map(width, page.splitlines())) <= 80
            assert "\x1b" not in page


def test_the_page_draws_each_leg_around_the_moment(example: Path) -> None:
    page = done(example, "explain", "1").splitlines()
    assert page[0] == "#1  工行数字钱包 (icbc)"
    assert "  began      2026-11-17 20:01:30.833 +08:00 = 2026-11-17T12:01:30.833Z" in page
    rows = {line[2:16].strip(): line[18:] for line in page}
    begin = next(line for line in page if "^" in line)[18:].index("^")
    end = begin + 47_500 // 2_500
    assert rows["router"][:begin].strip(". ") == ""
    assert rows["router"][begin : end - 1].strip("x ") == ""
    assert rows["session"].startswith("=" * begin + "-" * (end - begin) + "=")
    assert rows["link"].strip(".") == ""
    assert rows["other services"] == "(not measured)"
    assert "20:01:30" in "".join(page)
    assert "  battery saver: no                      battery (%): 81" in page


def test_the_page_holds_the_users_word(example: Path) -> None:
    assert "your word  none yet (walletwatch event confirm 1" in done(example, "explain", "1")
    done(example, "event", "confirm", "1", "--wrong")
    page = done(example, "explain", "1")
    assert "your word  not this: The router did not answer" in page
    assert "so far     You agreed with 0 of 1 answer." in page
    done(example, "event", "confirm", "1", "--cause", "network.isp")
    assert "your word  it was: The internet provider was down" in done(example, "explain", "1")


def test_the_page_names_the_family_and_the_phones_own_menus(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[phone]\nmaker = "huawei"\n')
    trace = tmp_path / "trace.jsonl"
    trace.write_text("".join(json.dumps(line) + "\n" for line in blocked()))
    done(tmp_path, "replay", str(trace))
    page = done(tmp_path, "explain", "1", WALLETWATCH_CONFIG=str(config))
    told = json.loads(done(tmp_path, "explain", "1", "--json", WALLETWATCH_CONFIG=str(config)))
    assert told["family"] == "settings"
    assert "review_settings" in told["fixes"]
    assert re.search(r"verdict    \S.* - ", page)
    assert told["settings_path"].split()[0] in page
    assert told["settings_path"] not in done(tmp_path, "explain", "1")


def blocked() -> list[dict[str, object]]:
    """Ten minutes in which all was well but that the system blocked the app's network."""
    began = 1_795_000_000_000
    lines: list[dict[str, object]] = [
        {"kind": "session", "at": began, "wallet": "icbc", "state": "up"},
        {
            "kind": "session",
            "at": began + 300_000,
            "wallet": "icbc",
            "state": "down",
            "how": "reset",
        },
        {"kind": "session", "at": began + 340_000, "wallet": "icbc", "state": "up"},
        {"kind": "state", "at": began + 299_000, "key": "app.blocked_by", "value": "DOZE"},
        {"kind": "state", "at": began + 339_000, "key": "app.blocked_by", "value": "NONE"},
    ]
    for s in range(0, 600, 5):
        lines += [
            {"kind": "sample", "at": began + s * 1000, "target": name, "role": role,
             "probe": "icmp", "outcome": "reply", "rtt_ms": 9.5}
            for name, role in (("gw", "gateway"), ("223.5.5.5", "anchor"), ("icbc", "wallet"))
        ]  # fmt: skip
    return sorted(lines, key=lambda line: int(str(line["at"])))


def test_json_tells_what_the_page_tells(example: Path) -> None:
    done(example, "event", "confirm", "1", "--wrong")
    told = json.loads(done(example, "explain", "1", "--json", WALLETWATCH_LANG="zh"))
    assert (told["denied"], told["confirmed"]) == ("network.gateway", None)
    assert told["accuracy"] == {"agreed": 0, "count": 1}
    assert told["family"] == "network"
    assert told["device"]["battery.percent"] == 81
    assert [fix["code"] for fix in told["fix_texts"]] == told["fixes"]
    drawn = told["strip"]
    assert drawn["signs"]["x"] == "lost"
    rows = {row["row"]: row for row in drawn["rows"]}
    assert set(rows) >= {"link", "gateway", "internet", "dns", "control", "wallet", "session"}
    assert rows["gateway"]["measured"]
    assert not rows["control"]["measured"]
    assert rows["session"]["signs"][drawn["start_column"]] == "-"
    assert drawn["since"] == "2026-11-17T12:00:30.833Z"


def test_a_terminal_is_given_colour_and_its_own_width(example: Path) -> None:
    ours, theirs = os.openpty()
    os.set_blocking(ours, True)
    with os.fdopen(ours, "rb", buffering=0) as screen:
        shown = subprocess.Popen(
            [sys.executable, "-m", "monitor", "explain", "1"],
            cwd=ROOT,
            env={
                **os.environ,
                "WALLETWATCH_DATA_DIR": str(example / "data"),
                "WALLETWATCH_LANG": "en",
                "TERM": "xterm",
                "COLUMNS": "60",
                "PYTHONUTF8": "1",
            },
            stdout=theirs,
        )
        os.close(theirs)
        read = b""
        try:
            while piece := screen.read(65_536):
                read += piece
        except OSError:  # Linux tells the end of a terminal so
            pass
        assert shown.wait(30) == 0
    assert b"\x1b[31mx" in read
    assert b"\x1b[1m" in read
    plain = read.decode().replace("\r", "")
    plain = "".join(
        part.partition("m")[2] if i else part for i, part in enumerate(plain.split("\x1b["))
    )
    assert max(map(width, plain.splitlines())) <= 60


def test_after_wrong_the_page_argues_and_advises_no_more_for_what_was_told(example: Path) -> None:
    before = done(example, "explain", "1")
    done(example, "event", "confirm", "1", "--wrong")
    after = done(example, "explain", "1")
    assert "You say that this was wrong; no other cause is known." in after
    assert "(wrong, you say)" in after and "(wrong, you say)" not in before
    assert after.split("What to do")[1] != before.split("What to do")[1]
    assert "Your router" in before and "Your router" not in after.split("Timeline")[0]


def test_nobody_can_call_wrong_what_was_not_told_or_take_back_nothing(example: Path) -> None:
    done(example, "event", "add", "--wallet", "icbc", "--at", "2015-01-01T08:00:00+08:00")
    words = "no cause was told of disconnect 3: say what it was with --cause CODE"
    assert words in refused(example, "event", "confirm", "3", "--wrong")
    told = "Disconnect 3: you had said nothing of it.\n"
    assert done(example, "event", "confirm", "3", "--forget") == told


def test_a_reports_format_is_known_by_its_files_ending(example: Path) -> None:
    for ending, begins in (("json", "{"), ("html", "<!"), ("csv", "id,wallet"), ("txt", "Week")):
        file = example / f"week.{ending}"
        done(example, "report", "--week", "2026-W47", "-o", str(file))
        assert file.read_text(encoding="utf-8").startswith(begins), ending


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/zero")
def test_a_configuration_without_an_end_is_refused(tmp_path: Path) -> None:
    assert "File too large" in refused(tmp_path, "--config", "/dev/zero", "config", "check")
