import plistlib
from pathlib import Path

from monitor.service.interface import Ran
from monitor.service.launchd import LABEL, Launchd, plist, read_plist
from tests.unit.service.plans import Player, plan

LOADED = "gui/501/local.walletwatch = {\n\tstate = running\n\n\truns = 3\n\tpid = 812\n}"
UNKNOWN = Ran(113, "", "Could not find service")


def test_the_agent_starts_at_log_in_and_again_when_it_dies() -> None:
    found = plistlib.loads(plist(plan(config="/srv/li/w.toml")))
    assert found["Label"] == LABEL
    assert found["ProgramArguments"] == [
        *("/srv/li/.local/bin/walletwatch", "--quiet", "--config", "/srv/li/w.toml"),
        *("--data-dir", "/srv/li/.local/share/walletwatch", "--lang", "zh", "run"),
    ]
    assert found["RunAtLoad"] is True
    assert found["KeepAlive"] == {"SuccessfulExit": False}
    assert found["ProcessType"] == "Background"


def test_what_was_written_is_read_again() -> None:
    found = read_plist(plist(plan("/srv/li/a <b> & c")))
    assert found.option("--data-dir") == "/srv/li/a <b> & c"
    assert found.version == "1.2.3"
    assert read_plist(b"not a plist").command == ()


def test_it_is_loaded_once_and_anew_when_it_changed(tmp_path: Path) -> None:
    player = Player({"launchctl print": [UNKNOWN, Ran(0, LOADED)]})
    launchd = Launchd(tmp_path / "agents" / f"{LABEL}.plist", 501, player)
    first = [step.what for step in launchd.install(plan(str(tmp_path / "data")))]
    assert first == [
        str(tmp_path / "data"),
        str(launchd.path),
        f"launchctl enable gui/501/{LABEL}",
        f"launchctl bootstrap gui/501 {launchd.path}",
    ]
    assert launchd.install(plan(str(tmp_path / "data"))) == []
    again = [step.what for step in launchd.install(plan(str(tmp_path / "data"), version="1.3.0"))]
    assert again == [
        str(launchd.path),
        f"launchctl bootout gui/501/{LABEL}",
        f"launchctl enable gui/501/{LABEL}",
        f"launchctl bootstrap gui/501 {launchd.path}",
    ]


def test_the_condition_and_the_end(tmp_path: Path) -> None:
    player = Player({"launchctl print": Ran(0, LOADED)})
    launchd = Launchd(tmp_path / f"{LABEL}.plist", 501, player)
    planned = plan(str(tmp_path / "data"))
    launchd.path.write_bytes(launchd.text(planned))
    found = launchd.condition("1.2.3", planned.program)
    assert (found.is_active, found.pid, found.restarts, found.state) == (True, 812, 2, "running")
    assert found.is_text_current
    steps = [step.what for step in launchd.uninstall()]
    assert steps == [f"launchctl bootout gui/501/{LABEL}", str(launchd.path)]
    assert launchd.uninstall() == []
