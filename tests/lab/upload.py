"""An upload that takes all there is: UDP to nobody, as fast as told, until its input ends.

`python -m tests.lab.upload BYTES_PER_S [BYTES_AT_ONCE]`
"""

import socket
import sys

from tests.lab import plan
from tests.lab.servers.loop import until_input_ends

DISCARD_PORT = 9
DATAGRAM_BYTES = 1200


def main(bytes_per_s: float, bytes_at_once: int = 0) -> None:
    """Send what fills a buffer at once, then at a steady pace until standard input ends."""
    parent_ended = until_input_ends()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(bytes_at_once // DATAGRAM_BYTES):
            sock.sendto(b"\0" * DATAGRAM_BYTES, (plan.WEB_ADDRESS, DISCARD_PORT))
        while not parent_ended.wait(DATAGRAM_BYTES / bytes_per_s):
            sock.sendto(b"\0" * DATAGRAM_BYTES, (plan.WEB_ADDRESS, DISCARD_PORT))


main(float(sys.argv[1]), *map(int, sys.argv[2:]))
