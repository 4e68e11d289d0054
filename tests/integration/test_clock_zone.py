"""A program that runs for months follows its user into another zone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.running import ROOT
from tests.needs import need_root, wanting

ZONES = Path("/usr/share/zoneinfo")

TRAVEL = f"""
import subprocess
from monitor.clock import follow_zone, local
def hour():
    return local(1_700_000_000_000).hour
for place in ("Europe/Berlin", "Asia/Shanghai"):
    subprocess.run(["mount", "--bind", "{ZONES}/" + place, "/etc/localtime"], check=True)
    follow_zone()
    print(hour())
"""


@pytest.mark.lab
def test_a_zone_that_is_changed_while_it_runs_is_followed() -> None:
    need_root("unshare")
    if not (ZONES / "Asia/Shanghai").exists() or not Path("/etc/localtime").exists():
        wanting("needs tzdata and a zone")
    environment = {k: v for k, v in os.environ.items() if k != "TZ"}
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", TRAVEL],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["23", "6"]), done.stderr
