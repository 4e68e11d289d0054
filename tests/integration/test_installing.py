"""Installing for real: the wheel by pipx, and from the lock file, with no checkout in reach.

What is installed here comes from the package index, so that these need it; INSTALL_REQUIRED=1
makes its want a failure.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.integration.running import LOOPBACK, NO_WALLET

ROOT = Path(__file__).resolve().parents[2]
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
NO_ANSWER = re.compile(
    r"No matching distribution|Connection(Error| refused)|NameResolution|Timeout"
)
INSTALLING_S = 300
"""Thirty packages out of the index, on a busy machine."""

EXPECTED = (
    r"monitor/(\w+/)*\w+\.py",
    r"monitor/py\.typed",
    r"monitor/locale/\w+/LC_MESSAGES/walletwatch\.(mo|po)",
    r"monitor/web/\w+\.(css|js|svg)",
    r"monitor/_migrations/(env\.py|script\.py\.mako|versions/\d{4}_\w+\.py)",
    r"monitor/config/example\.toml",
    r"walletwatch-[^/]+\.data/data/share/man/(zh_CN/)?man1/walletwatch\.1",
    r"walletwatch-[^/]+\.data/data/share/bash-completion/completions/walletwatch",
    r"walletwatch-[^/]+\.data/data/share/zsh/site-functions/_walletwatch",
    r"walletwatch-[^/]+\.data/data/share/fish/vendor_completions\.d/walletwatch\.fish",
    r"walletwatch-[^/]+\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt|licenses/LICENSE)",
)
"""Every file of the wheel is one of these, and each of these is in it."""


def build(what: str, source: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{what}", "-o", str(into)]
    done = subprocess.run(
        [*command, str(source)],
        env={**os.environ, **EPOCH},
        capture_output=True,
        text=True,
        timeout=INSTALLING_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [made] = into.iterdir()
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installing")


@pytest.fixture(scope="module")
def sdist(folder: Path) -> Path:
    return build("sdist", ROOT, folder / "sdist")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    return build("wheel", ROOT, folder / "wheel")


def outside(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a user who has never seen the checkout."""
    ours = ("WALLETWATCH", "PYTHON", "VIRTUAL_ENV", "PIPX")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **kept,
        "HOME": str(folder / "home"),
        "XDG_DATA_HOME": str(folder / "home/data"),
        "XDG_CONFIG_HOME": str(folder / "home/config"),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        **more,
    }


def install(*command: str, folder: Path, **more: str) -> None:
    """Run an installer; skip where the package index does not answer."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=outside(folder, HOME=str(Path.home()), **more),  # where pip is told of its index
        capture_output=True,
        text=True,
        timeout=INSTALLING_S,
        check=False,
    )
    is_silent = done.returncode and NO_ANSWER.search(done.stderr + done.stdout)
    if is_silent and os.environ.get("INSTALL_REQUIRED") != "1":
        pytest.skip("the package index does not answer")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def program(folder: Path, wheel: Path) -> Path:
    """The command as pipx puts it into a user's path."""
    places = {
        "PIPX_HOME": str(folder / "pipx"),
        "PIPX_BIN_DIR": str(folder / "bin"),
        "PIPX_MAN_DIR": str(folder / "man"),
        "PIPX_COMPLETION_DIR": str(folder / "completion"),  # else the home of who runs the tests
    }
    python = str(Path(sys.executable).resolve())
    pipx = (sys.executable, "-m", "pipx", "install", "--python", python)
    install(*pipx, str(wheel), folder=folder, **places)
    return folder / "bin" / "walletwatch"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    return tmp_path


def walletwatch(program: Path, empty: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [str(program), *arguments],
        cwd=empty / "here",
        env=outside(empty),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_what_is_expected_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    patterns = [re.compile(pattern) for pattern in EXPECTED]
    assert [name for name in names if not any(p.fullmatch(name) for p in patterns)] == []
    assert [p.pattern for p in patterns if not any(map(p.fullmatch, names))] == []
    assert [name for name in names if "test" in name.lower()] == []
    sources = {f"monitor/{file.relative_to(ROOT / 'monitor')}" for file in ours("monitor", "*.py")}
    migrations = {f"monitor/_migrations/versions/{file.name}" for file in ours("migrations", "0*")}
    assert sources | migrations <= set(names)


def ours(room: str, pattern: str) -> Iterator[Path]:
    return (file for file in (ROOT / room).rglob(pattern) if "__pycache__" not in file.parts)


def test_the_same_checkout_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    time.sleep(1.1)  # a second later, so that no clock can be in it
    assert build("wheel", ROOT, tmp_path).read_bytes() == wheel.read_bytes()


def test_the_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        # the filter came with Python 3.11.4; Debian 12 has 3.11.2
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(tmp_path, **safely)  # type: ignore[arg-type]
    [source] = tmp_path.iterdir()
    assert (source / "LICENSE").is_file()
    assert build("wheel", source, tmp_path / "wheel").read_bytes() == wheel.read_bytes()


@pytest.mark.timeout(INSTALLING_S + 60)
def test_pipx_gives_a_command_and_its_page(program: Path, folder: Path, empty: Path) -> None:
    assert walletwatch(program, empty, "--version").startswith("walletwatch ")
    assert "Usage: walletwatch" in walletwatch(program, empty, "--help")
    assert "用法：walletwatch" in walletwatch(program, empty, "--lang", "zh", "--help")
    page = folder / "man" / "man1" / "walletwatch.1"
    assert page.read_text().startswith(".")
    linked = folder / "completion" / "bash-completion" / "completions" / "walletwatch"
    assert "walletwatch" in linked.read_text()
    where = "import monitor, sys; sys.stdout.write(monitor.__file__)"
    [python] = (folder / "pipx").glob("venvs/walletwatch/bin/python")
    done = subprocess.run([python, "-c", where], cwd=empty, env=outside(empty), check=True,
                          capture_output=True, text=True)  # fmt: skip
    assert str(folder / "pipx") in done.stdout


@pytest.mark.timeout(INSTALLING_S + 60)
def test_what_is_installed_replays_reports_and_explains(program: Path, empty: Path) -> None:
    (empty / "here" / "example.jsonl").write_bytes((ROOT / "docs/example.jsonl").read_bytes())
    assert "2" in walletwatch(program, empty, "replay", "example.jsonl")
    for language, words in (("en", "The router did not answer"), ("zh", "路由器没有回应")):
        said = ("--lang", language)
        assert words in walletwatch(program, empty, "explain", "1", *said)
        report = ("report", "--week", "2026-W47", "--format", "html", "-o", "week.html")
        walletwatch(program, empty, *report, *said)
        page = (empty / "here" / "week.html").read_text(encoding="utf-8")
        assert words in page
        assert "<style>" in page
    info = json.loads(walletwatch(program, empty, "db", "info", "--json"))
    assert info["disconnect_count"] == 2


@pytest.mark.timeout(INSTALLING_S + 60)
def test_what_is_installed_runs_on_a_new_store(program: Path, empty: Path) -> None:
    (empty / "config.toml").write_text(LOOPBACK + NO_WALLET)
    done = subprocess.run(
        [program, "--config", str(empty / "config.toml"), "run", "--duration", "2"],
        cwd=empty / "here",
        env=outside(empty),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ready" in done.stderr
    assert "schema" in walletwatch(program, empty, "db", "info")


@pytest.mark.timeout(INSTALLING_S + 60)
def test_what_is_installed_serves_its_page(program: Path, empty: Path) -> None:
    process = subprocess.Popen(
        [program, "--lang", "en", "web", "--port", "0"],
        cwd=empty / "here",
        env=outside(empty),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        address = re.search(r"http://\S+", process.stderr.readline())
        assert address is not None
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(address[0], timeout=10):  # the key is taken, and a cookie given for it
            pass
        with browser.open(urljoin(address[0], "/"), timeout=10) as answer:
            assert "walletwatch" in answer.read().decode()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@pytest.mark.timeout(INSTALLING_S + 60)
def test_the_config_that_is_written_is_the_commented_example(program: Path, empty: Path) -> None:
    walletwatch(program, empty, "config", "init")
    written = empty / "home/config/walletwatch/config.toml"
    assert written.read_bytes() == (ROOT / "config.example.toml").read_bytes()
    walletwatch(program, empty, "config", "check")


@pytest.mark.timeout(INSTALLING_S + 60)
def test_the_lock_installs_all_that_is_needed(wheel: Path, folder: Path, empty: Path) -> None:
    place = folder / "locked"
    python = str(place / "bin/python")
    install(sys.executable, "-m", "venv", str(place), folder=folder)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    install(*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock"), folder=folder)
    install(*pip, "--no-deps", str(wheel), folder=folder)
    install(python, "-m", "pip", "check", folder=folder)
    said = walletwatch(place / "bin/walletwatch", empty, "config", "check", "--lang", "en")
    assert "defaults" in said
