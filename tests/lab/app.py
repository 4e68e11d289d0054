"""A wallet's program: holds a session to the bank and asks over it, until its input ends.

`python -m tests.lab.app NAME AUTHORITY`: it runs under NAME (proc(5), comm).
"""

import socket
import ssl
import sys
from pathlib import Path

from tests.lab import plan
from tests.lab.client import REQUEST
from tests.lab.servers.loop import until_input_ends

ASK_EVERY_S = 2.0
PATIENCE_S = 5.0


def main(name: str, authority: str) -> None:
    """Hold the session; any trouble with it ends the program."""
    Path("/proc/self/comm").write_text(name)
    parent_ended = until_input_ends()
    context = ssl.create_default_context(cafile=authority)
    address = (plan.BANK_ADDRESS, plan.BANK_PORT)
    with (
        socket.create_connection(address, PATIENCE_S) as sock,
        context.wrap_socket(sock, server_hostname=plan.BANK_NAME) as session,
    ):
        while not parent_ended.wait(ASK_EVERY_S):
            session.sendall(REQUEST)
            session.recv(1000)


main(*sys.argv[1:])
