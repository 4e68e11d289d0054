"""The unit's text, read by systemd's own checker: every word of it is known to it."""

import subprocess
from pathlib import Path

import pytest

from monitor.service.interface import Plan, Sandbox
from monitor.service.systemd import UNIT, unit_text
from tests.needs import need


@pytest.mark.parametrize("sandbox", list(Sandbox))
def test_systemd_has_nothing_to_say_about_the_unit(tmp_path: Path, sandbox: Sandbox) -> None:
    need("systemd-analyze")
    program = tmp_path / "two words" / "wallet%watch"
    program.parent.mkdir()
    program.symlink_to("/bin/true")
    plan = Plan("1.2.3", (str(program),), tmp_path / "data $1", "en", tmp_path / 'a"b', sandbox)
    unit = tmp_path / UNIT
    unit.write_text(unit_text(plan))
    environment = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if UNIT in line or str(tmp_path) in line]
    assert (done.returncode, ours) == (0, [])
