"""Faults of the provider, and of the ways to the bank and to the others behind it."""

from tests.lab import plan
from tests.lab.faults.fault import Fault, provider, router, rules

PROVIDER_DEAD = rules(
    provider,
    "provider_dead",
    f"""
    chain from_customer {{
      type filter hook prerouting priority raw
      iifname {plan.PROVIDER_DOWN} drop
    }}
    """,
)
"""Everything beyond the router is lost in silence."""

BEYOND_PROVIDER_DEAD = rules(
    provider,
    "beyond_provider_dead",
    """
    chain nothing_passes {
      type filter hook forward priority raw
      drop
    }
    """,
)
"""The provider's first router answers, and nothing behind it does."""


def _unreachable(name: str, *addresses: str) -> Fault:
    either_way = "\n".join(
        f"      ip daddr {address} drop\n      ip saddr {address} drop" for address in addresses
    )
    chain = f"""
    chain either_way {{
      type filter hook forward priority raw
{either_way}
    }}
    """
    return rules(provider, name, chain)


BANK_DEAD = _unreachable("bank_dead", plan.BANK_ADDRESS)
"""The bank alone cannot be reached, in silence, pings included."""

BANK_AND_CONTROL_DEAD = _unreachable(
    "bank_and_control_dead", plan.BANK_ADDRESS, plan.CONTROL_ADDRESS
)
"""Two services that stand apart are lost at once, while the anchors answer."""

CONTROL_DEAD = _unreachable("control_dead", plan.CONTROL_ADDRESS)
"""The other service alone is lost: nothing that the wallet would feel."""

ONE_ANCHOR_DEAD = _unreachable("one_anchor_dead", plan.ANCHOR_ADDRESSES[0])
ALL_ANCHORS_DEAD = _unreachable("all_anchors_dead", *plan.ANCHOR_ADDRESSES)
"""What walletwatch asks "is there an internet" keeps silent; the bank answers all the same."""

BANK_BLACK_HOLE = rules(
    provider,
    "bank_black_hole",
    f"""
    chain either_way {{
      type filter hook forward priority raw
      ip daddr {plan.BANK_ADDRESS} tcp dport {plan.BANK_PORT} meta length > 100 drop
    }}
    """,
)
"""The bank takes connections, answers pings, and what is then said to it is lost."""


def big_packets_lost(largest_bytes: int) -> Fault:
    """Lose packets above a size in silence, both ways: path MTU discovery fails (RFC 2923)."""
    return rules(
        router,
        "big_packets_lost",
        f"""
    chain either_way {{
      type filter hook forward priority raw
      meta length > {largest_bytes} drop
    }}
        """,
        f"above {largest_bytes} bytes",
    )
