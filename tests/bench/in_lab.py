"""Carries the bench out in the lab: a healthy home network that answers, the same on any machine.

The daemon has its defaults; only the addresses are the lab's, because the real ones are not there.
"""

import os
import subprocess
import sys

from tests.lab import plan
from tests.lab.world import REPOSITORY, World


def main() -> int:
    """Build the lab and run `tests.bench.measure` on its device, with the arguments given."""
    with World() as world:
        config = world.folder / "config.toml"
        config.write_text(lab_config(world))
        words = [sys.executable, "-m", "tests.bench.measure", "--config", str(config)]
        words += ["--hosts", ",".join(plan.ANCHOR_ADDRESSES), *sys.argv[1:]]
        done = subprocess.run(
            world.device.command(*words), cwd=REPOSITORY, env=_environment(), check=False
        )
        return done.returncode


def lab_config(world: World) -> str:
    """Return settings that name the lab's addresses and leave all else at its default."""
    anchors = ", ".join(f'"{address}"' for address in plan.ANCHOR_ADDRESSES)
    return f"""
[wallets.icbc]
hosts = ["{plan.BANK_NAME}:{plan.BANK_PORT}"]
ca_file = "{world.certificates.authority}"
[anchors]
hosts = [{anchors}]
tcp_port = {plan.ANCHOR_PORT}
[resolvers]
name = "{plan.ASKED_NAME}"
[portal]
url = "http://{plan.WEB_NAME}/generate_204"
"""


def _environment() -> dict[str, str]:
    """Return the environment without this machine's desktop: no notice may come out of a bench."""
    desktop = ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY")
    return {key: value for key, value in os.environ.items() if key not in desktop}


if __name__ == "__main__":
    sys.exit(main())
