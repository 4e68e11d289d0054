"""The faults: each knows how to begin and end in a world, and tells when it did so.

Edges made by a server take hold within 1 ms of the instant told, those of nft(8) and ip(8) within
about 20 ms: their instant is read once the command has ended.
"""

from tests.lab.faults.beyond import BANK_DEAD, PROVIDER_DEAD
from tests.lab.faults.fault import HEALTHY, Fault
from tests.lab.faults.here import ADDRESS_CHANGE, LINK_DOWN
from tests.lab.faults.home import (
    CAPTIVE_PORTAL,
    GATEWAY_DEAD,
    GATEWAY_GONE,
    ICMP_FILTERED,
    LOSS,
    LOSS_PERCENT,
)
from tests.lab.faults.names import DNS_DEAD, DNS_DEAD_AND_RESET, DNS_UNKNOWN
from tests.lab.faults.service import (
    CLOSED_ONCE,
    CLOSED_THEN_REFUSED,
    IDLE_CLOSE,
    KEEPS_CLOSING,
    RESET,
    RESET_THEN_REFUSED,
    STALL,
    WRONG_CERTIFICATE,
)

__all__ = [
    "ADDRESS_CHANGE",
    "BANK_DEAD",
    "CAPTIVE_PORTAL",
    "CLOSED_ONCE",
    "CLOSED_THEN_REFUSED",
    "DNS_DEAD",
    "DNS_DEAD_AND_RESET",
    "DNS_UNKNOWN",
    "GATEWAY_DEAD",
    "GATEWAY_GONE",
    "HEALTHY",
    "ICMP_FILTERED",
    "IDLE_CLOSE",
    "KEEPS_CLOSING",
    "LINK_DOWN",
    "LOSS",
    "LOSS_PERCENT",
    "PROVIDER_DEAD",
    "RESET",
    "RESET_THEN_REFUSED",
    "STALL",
    "WRONG_CERTIFICATE",
    "Fault",
]
