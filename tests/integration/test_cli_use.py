"""Wrong use in both languages, whole help in both languages, and what help does not load."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.commands import leaves
from monitor.cli.main import whole

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("pydantic", "rich", "sqlalchemy", "psutil", "starlette", "monitor.model", "monitor.store")
FRAME = re.compile(r"Usage|OPTIONS|Options|Arguments|Commands|required|default|Show this")

WRONG = (
    (("--foo",), "there is no option --foo (see walletwatch --help)", "没有 --foo 这个选项"),
    (("run", "--dur", "3"), "--dur; did you mean --duration?", "您是想输入 --duration 吗"),
    (("evnt",), "there is no command evnt; did you mean event?", "没有 evnt 这个命令"),
    (("qqqq",), "there is no command qqqq", "没有 qqqq 这个命令"),
    (("event", "add"), "the option --wallet is missing", "缺少选项 --wallet"),
    (("explain",), "ID is missing", "缺少 ID"),
    (("explain", "x"), "ID: 'x' is not a whole number", "ID：“x”不是整数"),
    (("explain", "1", "2"), "2 is too much here", "多出了 2"),
    (("run", "--duration", "x"), "--duration: 'x' is not a number", "--duration：“x”不是数字"),
    (("run", "--duration", "-1"), "'-1' is below 0", "“-1”太小"),
    (("web", "--port", "99999"), "not between 0 and 65535", "不在 0 到 65535 之间"),
    (("report", "--week"), "the option --week needs a value", "选项 --week 后面要跟一个值"),
    (("report", "--open=3"), "the option --open takes no value", "选项 --open 后面不能带值"),
    (
        ("event", "add", "--wallet", "icbc", "--at", "1999-01-01T00:00:00Z"),
        "lies too far back",
        "没有 2010 年以前的记录",
    ),
    (
        ("event", "add", "--wallet", "icbc", "--at", "2026-03-29T02:30:00"),
        "does not exist: the clocks went forward",
        "这一时刻不存在",
    ),
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", "--data-dir", str(folder / "data"), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "TZ": "Europe/Berlin", "COLUMNS": "100"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("arguments", "english", "chinese"), WRONG)
def test_wrong_use_is_one_sentence_in_the_users_language(
    arguments: tuple[str, ...], english: str, chinese: str, tmp_path: Path
) -> None:
    for language, words in (("en", english), ("zh", chinese)):
        done = run(tmp_path, "--lang", language, *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("walletwatch: ")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [words for words, _ in leaves(whole())], ids=" ".join)
def test_every_help_is_whole_in_both_languages(words: tuple[str, ...], tmp_path: Path) -> None:
    english = run(tmp_path, "--lang", "en", *words, "--help").stdout
    chinese = run(tmp_path, "--lang", "zh", *words, "--help").stdout
    assert "Usage: walletwatch" in english
    assert "用法：walletwatch" in chinese
    assert FRAME.search(chinese) is None
    names = re.compile(r"(?<![\w-])--?[a-z][\w-]*")
    assert set(names.findall(chinese)) == set(names.findall(english))


def test_help_and_usage_load_nothing_heavy() -> None:
    """The budget is 150 ms; `make bench-help` measures it, this holds what it rests on."""
    code = (
        "import sys; sys.argv = ['walletwatch', *sys.argv[1:]]\n"
        "from monitor.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*(name for name in sys.modules), file=sys.stderr)\n"
    )
    for asked in (["--help"], ["event", "--help"], ["--version"], ["config", "init", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *asked],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert [name for name in HEAVY if name in done.stderr.split()] == []


def test_the_demos_data_are_left_alone_by_the_daemon(tmp_path: Path) -> None:
    assert run(tmp_path, "demo", "--no-open", "--keep", str(tmp_path / "data")).returncode == 0
    done = run(tmp_path, "--lang", "en", "run", "--duration", "1")
    assert done.returncode == 2
    assert "holds the demo's data; name another place with --data-dir" in done.stderr
