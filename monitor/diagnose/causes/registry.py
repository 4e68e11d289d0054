"""Every cause, upstream first: of two that speak equally, the nearer one is told."""

from collections.abc import Mapping
from types import MappingProxyType

from monitor.diagnose.causes import (
    account,
    app_fault,
    app_outdated,
    background,
    bank_closed,
    bank_unreachable,
    battery_saver,
    captive_portal,
    congestion,
    dns,
    gateway,
    intercepted,
    isp,
    link_down,
    low_battery,
    network_restriction,
    performance,
    roaming,
    sleep,
    unexplained,
    weak_signal,
)
from monitor.diagnose.causes.interface import Cause
from monitor.model import CauseCode

CAUSES: tuple[Cause, ...] = (
    sleep.CAUSE,
    app_fault.CAUSE,
    network_restriction.CAUSE,
    background.CAUSE,
    roaming.CAUSE,
    link_down.CAUSE,
    gateway.CAUSE,
    captive_portal.CAUSE,
    isp.CAUSE,
    dns.CAUSE,
    intercepted.CAUSE,
    bank_unreachable.CAUSE,
    weak_signal.CAUSE,
    congestion.CAUSE,
    account.CAUSE,
    bank_closed.CAUSE,
    battery_saver.CAUSE,
    low_battery.CAUSE,
    performance.CAUSE,
    app_outdated.CAUSE,
    unexplained.CAUSE,
)

CAUSE_OF: Mapping[CauseCode, Cause] = MappingProxyType({cause.code: cause for cause in CAUSES})
"""Code -> cause."""
