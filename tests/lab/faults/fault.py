"""What a fault is, and the two ways most of them are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.lab.instant import Instant, now
from tests.lab.namespaces import Namespace
from tests.lab.world import World

Act: TypeAlias = Callable[[World], Instant]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, and comes right again."""

    name: str
    begin: Act
    end: Act
    strength: str = ""
    """In words, where it has one."""


def rules(host: Callable[[World], Namespace], name: str, text: str, strength: str = "") -> Fault:
    """Make a fault of nftables rules in one host: loaded at its begin, deleted at its end."""
    table = f"table inet {name} {{\n{text}\n}}\n"

    def begin(world: World) -> Instant:
        host(world).nft(table)
        return now()

    def end(world: World) -> Instant:
        host(world).nft(f"delete table inet {name}\n")
        return now()

    return Fault(name, begin, end, strength)


def router(world: World) -> Namespace:
    """Return the user's router."""
    return world.router


def provider(world: World) -> Namespace:
    """Return the provider's router."""
    return world.provider


HEALTHY = Fault("healthy", lambda _: now(), lambda _: now())
"""Nothing happens: the control run."""
