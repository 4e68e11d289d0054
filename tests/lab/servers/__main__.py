"""Run one lab server: `python -m tests.lab.servers bank|control|service|line CONTROL FOLDER`."""

import sys
from pathlib import Path

from tests.lab import delay_line, plan
from tests.lab.certificates import Certificates
from tests.lab.servers import bank, service
from tests.lab.servers.loop import Loop


def main(kind: str, control: Path, *rest: str) -> None:
    """Serve until standard input ends."""
    loop = Loop()
    if kind == "bank":
        found = Certificates(Path(rest[0]))
        certificates = {
            "good": found.good,
            "wrong_host": found.wrong_host,
            "expired": found.expired,
            "foreign": found.foreign,
        }
        bank.serve(loop, control, plan.BANK_ADDRESS, plan.BANK_PORT, certificates)
    elif kind == "control":
        own = {"good": Certificates(Path(rest[0])).control}
        bank.serve(loop, control, plan.CONTROL_ADDRESS, plan.CONTROL_PORT, own)
    elif kind == "service":
        service.serve(loop, control)
    else:
        delay_line.serve(loop, control, plan.LINE_LEFT, plan.LINE_RIGHT)
    loop.run_until_parent_ends()


main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
