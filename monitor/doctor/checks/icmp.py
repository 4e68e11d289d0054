"""Whether this user may send pings (ICMP), and by which kind of socket."""

import socket
from collections.abc import Callable, Iterator

from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, Words, words
from monitor.locale import N_

CODE = "network.icmp"
SYSCTL = "sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'"
SETTING = "net.ipv4.ping_group_range = 0 2147483647"
KEPT_IN = "/etc/sysctl.d/99-ping.conf"


def look(here: Surroundings) -> Iterator[Finding]:
    """Open a socket of each kind; nothing is sent."""
    yield judge(here, may_open(socket.SOCK_DGRAM), may_open(socket.SOCK_RAW))


def judge(here: Surroundings, datagram: bool, raw: bool) -> Finding:
    """Return what the two kinds of sockets mean. Pure."""
    if datagram:
        return Finding(CODE, Verdict.OK, "", words(N_("allowed without special rights")))
    if raw:
        reason = words(N_("allowed only by this user's special rights (raw sockets)"))
        mend = _mend(here) if here.system is System.LINUX else None
        return Finding(CODE, Verdict.NOTE, "", reason, mend)
    reason = words(
        N_(
            "not allowed: the router cannot be asked; TCP and the wallet's own connection are "
            "measured all the same"
        )
    )
    return Finding(CODE, Verdict.FAIL, "", reason, _mend(here))


def may_open(kind: int, make: Callable[..., socket.socket] = socket.socket) -> bool:
    """Tell whether an ICMP socket of this kind can be opened."""
    try:
        make(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
    except OSError:
        return False
    return True


def _mend(here: Surroundings) -> Words:
    if here.system is System.LINUX:
        return words(
            N_("Run `{command}`; to keep it, write `{setting}` into {file}."),
            command=SYSCTL,
            setting=SETTING,
            file=KEPT_IN,
        )
    if here.system is System.WINDOWS:
        return words(N_("Run walletwatch as administrator."))
    return words(N_("Allow this user to open ICMP sockets, or run walletwatch as administrator."))


CHECK = Check(CODE, N_("ping (ICMP)"), look)
