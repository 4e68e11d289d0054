"""The link: a default route at all, and a VPN or a proxy around what is measured."""

from collections.abc import Iterator, Mapping

from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_

CODE = "network.link"
KINDS = {
    "wifi": N_("by Wi-Fi, address {address}"),
    "ethernet": N_("by cable, address {address}"),
    "cellular": N_("by mobile network, address {address}"),
}
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def look(here: Surroundings) -> Iterator[Finding]:
    """Look at what the link reader brought and at the environment's proxies."""
    yield judge(here.states)
    if here.states.get("link.vpn") is True:
        reason = words(N_("the traffic goes through a VPN: what is measured is the tunnel's way"))
        yield Finding("network.link.vpn", Verdict.NOTE, "", reason)
    proxies = [name for name in PROXIES if here.environment.get(name)]
    if proxies:
        reason = words(
            N_(
                "a proxy is set, and walletwatch does not go through it: "
                "a browser takes another way"
            )
        )
        yield Finding("network.link.proxy", Verdict.NOTE, proxies[0], reason)


def judge(states: Mapping[str, object]) -> Finding:
    """Return what the link's states mean. Pure."""
    name = str(states.get("link.interface") or "")
    if states.get("link.up") is False:
        reason = words(N_("this machine is connected to no network"))
        mend = words(N_("Plug in the cable, or connect to a Wi-Fi."))
        return Finding(CODE, Verdict.FAIL, name, reason, mend)
    if states.get("link.up") is None:
        return Finding(
            CODE, Verdict.UNKNOWN, name, words(N_("the system does not tell its routes"))
        )
    said = KINDS.get(str(states.get("link.kind")), N_("connected, address {address}"))
    reason = words(said, address=states.get("link.address") or "?")
    return Finding(CODE, Verdict.OK, name, reason)


CHECK = Check(CODE, N_("connection"), look)
