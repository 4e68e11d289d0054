"""The service host's process: DNS, the "204" page, the log-in page, and the anchors' TCP port."""

from pathlib import Path

from tests.lab import plan
from tests.lab.servers.control import Answer, Command, serve_control
from tests.lab.servers.loop import Loop
from tests.lab.servers.names import Names
from tests.lab.servers.pages import Anchors, Pages


def serve(loop: Loop, control: Path) -> None:
    """Start everything in `loop`, steered at `control`."""
    names = Names(loop, plan.DNS_ADDRESS, plan.NAMES, lie=plan.WEB_ADDRESS)
    pages = Pages(loop, plan.WEB_ADDRESS, plan.WEB_PORT, mode="204")
    Pages(loop, plan.WEB_ADDRESS, plan.LOGIN_PORT, mode="redirect")
    Anchors(loop, list(plan.ANCHOR_ADDRESSES), plan.ANCHOR_PORT)

    def command(command: Command) -> Answer:
        return {"dns": names.command, "web": pages.command}[str(command["do"])](command)

    serve_control(loop, control, command)
