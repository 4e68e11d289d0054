"""The first hops: two routers that each translate addresses, or the provider's own translation.

Private addresses are those of RFC 1918; 100.64.0.0/10 (RFC 6598) is what providers put behind a
translation of their own. A provider may use private addresses inside its network too, so that a
second private hop is a hint, and told as one.
"""

import ipaddress
from collections.abc import Iterator, Mapping

from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_
from monitor.probes.interface import ProbeError
from monitor.probes.walk import hops

CODE = "network.nat"
MOST_HOPS = 4
"""The home's routers and the provider's first ones."""
_PRIVATE = [
    ipaddress.ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
]
_SHARED = ipaddress.ip_network("100.64.0.0/10")


def look(here: Surroundings) -> Iterator[Finding]:
    """Walk the first hops towards the first IPv4 anchor."""
    target = next((host for host in here.settings.anchors.hosts if ":" not in host), None)
    if target is None or here.states.get("link.vpn") is True:
        reason = words(N_("the first hops are not the home's own (VPN), or there is no anchor"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
        return
    try:
        found = hops(target, MOST_HOPS)
    except ProbeError:
        reason = words(N_("the way can be walked on Linux only, and where pings are allowed"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
        return
    yield judge(found)


def judge(found: Mapping[int, str]) -> Finding:
    """Return what the routers' addresses, by hop, mean. Pure."""
    shown = " → ".join(found[hop] for hop in sorted(found))
    if not found:
        return Finding(CODE, Verdict.NOTE, "", words(N_("no router on the way tells its address")))
    addresses = [ipaddress.ip_address(found[hop]) for hop in sorted(found)]
    private = [each for each in addresses if any(each in network for network in _PRIVATE)]
    if len(private) > 1:
        return Finding(
            CODE,
            Verdict.NOTE,
            "",
            words(N_("two private routers in a row: probably a router behind a router")),
            words(
                N_("If sessions die while idle, set the second router to bridge (access point).")
            ),
            shown,
        )
    if any(each in _SHARED for each in addresses):
        reason = words(
            N_(
                "the provider shares one public address among customers (CGNAT): "
                "idle sessions end sooner"
            )
        )
        return Finding(CODE, Verdict.NOTE, "", reason, None, shown)
    return Finding(CODE, Verdict.OK, "", words(N_("one router, as usual")), None, shown)


CHECK = Check(CODE, N_("address translation"), look)
