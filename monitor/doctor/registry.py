"""The table of checks, in the order that they are told: a new one is a file and a line here."""

from monitor.doctor.checks import (
    anchors,
    clock,
    config,
    daemon,
    database,
    folder,
    gateway,
    icmp,
    interception,
    ipv6,
    language,
    link,
    memory,
    mtu,
    nat,
    notices,
    portal,
    power,
    python,
    resolvers,
    service,
    sleep,
    wallets,
    wifi,
    zone,
)
from monitor.doctor.interface import Check
from monitor.locale import N_

CHECKS: tuple[Check, ...] = (
    config.CHECK,
    python.CHECK,
    clock.CHECK,
    zone.CHECK,
    language.CHECK,
    memory.CHECK,
    wifi.CHECK,
    power.CHECK,
    sleep.CHECK,
    service.CHECK,
    folder.CHECK,
    database.CHECK,
    daemon.CHECK,
    notices.CHECK,
    link.CHECK,
    icmp.CHECK,
    gateway.CHECK,
    anchors.CHECK,
    resolvers.CHECK,
    interception.CHECK,
    portal.CHECK,
    nat.CHECK,
    mtu.CHECK,
    ipv6.CHECK,
    wallets.CHECK,
)

GROUPS = {
    "machine": N_("This machine"),
    "data": N_("Data"),
    "notices": N_("Notices"),
    "network": N_("Network"),
    "wallets": N_("Wallets"),
}
"""What a finding's code begins with, in the order that they are told."""


def title_of(code: str) -> str:
    """Return the title of the check that a finding's code belongs to, for the catalogue."""
    owner = max((each for each in CHECKS if code.startswith(each.code)), key=lambda c: len(c.code))
    return owner.title
