"""Who turns names into addresses on this system."""

import ipaddress
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.device.command import command_text
from monitor.device.link import link_source
from monitor.device.route import Link
from monitor.model import StateValue

RESOLV_CONF = Path("/etc/resolv.conf")
NO_RESOLVER_HERE = ipaddress.ip_network("fec0::/10")
"""Windows fills adapters without a resolver with fec0:0:0:ffff::1 to ::3."""
RESOLVERS_KEY = "network.resolvers"
"""State: the addresses, joined by commas in the order in which they are asked."""


class ResolverReader:
    """Reads who resolves names; asks again only when the link or /etc/resolv.conf changed.

    A lease brings both, and outside Linux each question starts a process.
    """

    keys: tuple[str, ...] = (RESOLVERS_KEY,)
    every_s: float = 60.0
    """An edited file is noticed within this; a changed link has it read at once."""

    def __init__(
        self,
        read_link: Callable[[], Link],
        resolvers: Callable[[], tuple[str, ...]],
        file: Path = RESOLV_CONF,
    ) -> None:
        self._read_link = read_link
        self._resolvers = resolvers
        self._file = file
        self._seen: tuple[Link, int | None] | None = None
        self._known: tuple[str, ...] = ()

    def read(self) -> Mapping[str, StateValue]:
        """Return the addresses joined by commas; None where none is known."""
        now = (self._read_link(), _modified_ns(self._file))
        if not self._known or now != self._seen:
            self._known = self._resolvers()
            self._seen = now
        return {RESOLVERS_KEY: ",".join(self._known) or None}


def resolver_reader(platform: str = sys.platform) -> ResolverReader:
    """Return the reader for a platform."""
    return ResolverReader(link_source(platform), system_resolvers)


def _modified_ns(file: Path) -> int | None:
    """Return when the file was changed; None where there is none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


def system_resolvers() -> tuple[str, ...]:
    """Return the addresses of the resolvers that programs here use; () where not known.

    A local stub (127.0.0.53 of systemd-resolved) stays as it is: it is what programs ask.
    """
    if sys.platform == "darwin":
        return resolvers_from_scutil(command_text(("/usr/sbin/scutil", "--dns")) or "")
    if sys.platform == "win32":
        text = command_text(("ipconfig", "/all")) or ""
        return resolvers_from_ipconfig(text, link_source()().address)
    try:
        text = RESOLV_CONF.read_text("utf-8", errors="replace")
    except OSError:
        return ()
    return resolvers_from_resolv_conf(text)


def resolvers_from_resolv_conf(text: str) -> tuple[str, ...]:
    """Return the `nameserver` lines' addresses (resolv.conf(5))."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver" and _is_address(words[1]):
            found.append(words[1])
    return tuple(dict.fromkeys(found))


def resolvers_from_scutil(text: str) -> tuple[str, ...]:
    """Return the general resolvers of `scutil --dns`.

    Its first part lists resolvers in order; those with a `domain` serve that domain alone.
    The part "for scoped queries" repeats them for each interface.
    """
    general = text.split("DNS configuration (for scoped queries)")[0]
    found: list[str] = []
    for block in re.split(r"^resolver #\d+\s*$", general, flags=re.MULTILINE)[1:]:
        if re.search(r"^\s*domain\s*:", block, re.MULTILINE):
            continue
        found += re.findall(r"^\s*nameserver\[\d+\]\s*:\s*(\S+)", block, re.MULTILINE)
    return tuple(dict.fromkeys(address for address in found if _is_address(address)))


def resolvers_from_ipconfig(text: str, own_address: str | None) -> tuple[str, ...]:
    """Return the resolvers of the adapter that has `own_address`, from `ipconfig /all`.

    Every language keeps the word DNS in the line's name; lines that hold only an address carry
    the list on. Where no adapter has that address, the resolvers of all of them.
    """
    per_adapter: list[tuple[bool, list[str]]] = []
    is_dns = False
    for line in text.splitlines():
        if line and not line[0].isspace():
            per_adapter.append((False, []))
            is_dns = False
            continue
        name, value = _named(line)
        if name:
            is_dns = "DNS" in name
        if not per_adapter or not value:
            continue
        is_mine, found = per_adapter[-1]
        # "192.168.1.23(Preferred)", in the system's language.
        is_mine = is_mine or (own_address is not None and value.split("(")[0] == own_address)
        if is_dns and _is_address(value):
            found.append(value)
        per_adapter[-1] = (is_mine, found)
    mine = [found for is_mine, found in per_adapter if is_mine]
    chosen = mine or [found for _, found in per_adapter]
    return tuple(dict.fromkeys(address for found in chosen for address in found))


def _named(line: str) -> tuple[str, str]:
    """Split `   DNS Servers . . . . : 192.168.1.1`; a line without a name has only a value."""
    name, colon, value = line.partition(" :")
    if not colon:
        return "", line.strip()
    return name.strip(" ."), value.strip()


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == 4 or address not in NO_RESOLVER_HERE
