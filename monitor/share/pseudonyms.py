"""PURE but for the draw: names in the place of names, the same for the same within one bundle.

The numbers are drawn anew for each bundle, so that the names of two bundles tell nothing of
whether they come from the same person.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Draw = Callable[[int], int]
"""Returns a number below the given one that nobody can foretell."""

LEAST_NAMES = 90
"""Numbers are drawn from so many, and from twice as many where a bundle names more."""
FIRST_NAME = 10

PRIVATE_V4 = "192.0.2"
PUBLIC_V4 = "198.51.100"
MORE_V4 = "203.0.113"
"""The ranges of RFC 5737, which belong to nobody."""
SPILL_V4 = 240 << 24
"""Where these are used up: RFC 1112 keeps 240.0.0.0/4 for a future that did not come."""
HOSTS_V4 = 254
PRIVATE_V6 = "2001:db8:1::"
PUBLIC_V6 = "2001:db8:2::"
"""Of RFC 3849's range, one half for each class."""

ADDRESS = "address"
_WORD = re.compile(r"[A-Za-z0-9.-]+(?::[A-Za-z0-9:.]*)?")


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was replaced of one kind."""

    kind: str
    names: int
    """So many different ones."""
    times: int


class Pseudonyms:
    """Gives each name a new one of its kind."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._of: dict[tuple[str, str], str] = {}
        self._kind_of: dict[str, str] = {}
        self._taken: set[str] = set()

    def name(self, kind: str, raw: str) -> str:
        """Return the pseudonym of a name, like `network-34`."""
        known = self._of.get((kind, raw))
        if known is None:
            known = self._new(kind)
            self._of[kind, raw] = known
            self._kind_of.setdefault(raw, kind)
        return known

    def known(self, raw: str) -> str | None:
        """Return the pseudonym that a text has got already, of whatever kind; None: none yet."""
        kind = self._kind_of.get(raw)
        return None if kind is None else self.name(kind, raw)

    def address(self, raw: str) -> str | None:
        """Return an address of nobody, of the same family and class; None: `raw` is none.

        What is the same in every house (loopback, "any") is left as it is.
        """
        try:
            found = ipaddress.ip_address(raw.partition("%")[0])
        except ValueError:
            return None
        if found.is_loopback or found.is_unspecified:
            return str(found)
        key = (ADDRESS, str(found))
        known = self._of.get(key)
        if known is None:
            known = self._new_address(found)
            self._of[key] = known
            self._taken.add(known)
        self._kind_of.setdefault(raw, ADDRESS)
        self._of.setdefault((ADDRESS, raw), known)
        return known

    def replaced(self, texts: Iterable[str]) -> list[Replaced]:
        """Return what stands replaced in these texts, by kind."""
        kinds = {new: kind for (kind, _), new in self._of.items()}
        found: dict[str, Counter[str]] = {}
        for text in texts:
            for word in _WORD.findall(text):
                name = word if word in kinds else word.removesuffix(".example").rstrip(".")
                if name in kinds:
                    found.setdefault(kinds[name], Counter())[name] += 1
        return [Replaced(kind, len(found[kind]), found[kind].total()) for kind in sorted(found)]

    def _new(self, kind: str) -> str:
        """Draw a name that is free."""
        count = sum(1 for one, _ in self._of if one == kind)
        span = LEAST_NAMES
        while span < 2 * count + 2:
            span *= 2
        while True:
            name = f"{kind}-{FIRST_NAME + self._draw(span)}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def _new_address(self, found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
        """Draw an address that is free, of the same family and class."""
        if found.version == 6:
            prefix = PUBLIC_V6 if found.is_global else PRIVATE_V6
            return self._free(
                lambda: str(ipaddress.ip_address(f"{prefix}{self._draw(65_534) + 1:x}"))
            )
        ranges = (PUBLIC_V4, MORE_V4) if found.is_global else (PRIVATE_V4,)
        for prefix in ranges:
            if sum(one.startswith(f"{prefix}.") for one in self._taken) < HOSTS_V4:
                return self._free(lambda p=prefix: f"{p}.{self._draw(HOSTS_V4) + 1}")  # type: ignore[misc]
        return self._free(lambda: str(ipaddress.IPv4Address(SPILL_V4 + self._draw(1 << 24))))

    def _free(self, drawn: Callable[[], str]) -> str:
        while (name := drawn()) in self._taken:
            pass
        return name
