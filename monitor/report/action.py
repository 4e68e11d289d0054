"""The one change that a report recommends: chosen by what happened most, and what was tried."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from monitor.model import (
    CauseCode,
    Factor,
    FactorVerdict,
    FixCheck,
    FixCode,
    HelpVerdict,
)
from monitor.report.interface import Action, CauseTotals, Incident

FACTORS_OF_CAUSE: Mapping[CauseCode, tuple[str, ...]] = MappingProxyType(
    {
        CauseCode.BATTERY_SAVER: ("power.battery_saver",),
        CauseCode.LOW_BATTERY: ("battery.low",),
        CauseCode.WEAK_SIGNAL: ("wifi.weak_signal",),
        CauseCode.LINK_DOWN: ("wifi.ssid", "link.kind"),
        CauseCode.ROAMING: ("wifi.ssid",),
        CauseCode.GATEWAY: ("wifi.ssid", "path.loss"),
        CauseCode.ISP: ("time.hour", "path.loss"),
        CauseCode.CONGESTION: ("path.latency", "path.loss", "time.hour"),
        CauseCode.NETWORK_RESTRICTION: ("network.metered", "link.vpn"),
        CauseCode.APP_OUTDATED: ("app.version",),
        CauseCode.APP_FAULT: ("app.version",),
        CauseCode.PERFORMANCE: ("memory.short", "cpu.busy"),
        CauseCode.BACKGROUND: ("sleep.wake_up",),
    }
)
"""Which circumstances, seen to raise the rate, speak for the cause; the strongest first."""

_DID_NOT_HELP = (HelpVerdict.NO_CHANGE, HelpVerdict.WORSE)


def best_action(
    causes: Sequence[CauseTotals],
    incidents: Sequence[Incident],
    checks: Sequence[FixCheck],
    factors: Sequence[Factor],
) -> Action | None:
    """Return the change that would help most; None where nothing happened or all was tried.

    Args:
        causes: most frequent first, then those that cost most time.
        incidents: of the week, in time order.
        checks: whether what was carried out helped.
        factors: what the week says of each circumstance.
    """
    for cause in causes:
        rungs = _ladder(cause.cause, incidents) if cause.count else ()
        tried = _in_vain(cause.cause, checks)
        left = [fix for fix in rungs if fix not in tried]
        if left:
            before = [fix for fix in rungs[: rungs.index(left[0])] if fix in tried]
            return Action(
                fix=left[0],
                cause=cause.cause,
                cause_count=cause.count,
                count=len(incidents),
                instead_of=before[-1] if before else None,
                raised_by=_raising(cause.cause, factors),
            )
    return None


def _ladder(cause: CauseCode, incidents: Sequence[Incident]) -> tuple[FixCode, ...]:
    """Return the fixes that the newest diagnosis of this cause names, in order."""
    for incident in reversed(incidents):
        for finding in incident.diagnosis.findings if incident.diagnosis else ():
            if finding.cause is cause and finding.fixes:
                return finding.fixes
    return ()


def _in_vain(cause: CauseCode, checks: Sequence[FixCheck]) -> set[FixCode]:
    """Return the fixes whose last time against this cause did not help."""
    last: dict[FixCode, FixCheck] = {}
    for check in sorted(checks, key=lambda check: check.at_ms):
        if check.cause is None or check.cause is cause:
            last[check.fix] = check
    return {fix for fix, check in last.items() if check.verdict in _DID_NOT_HELP}


def _raising(cause: CauseCode, factors: Sequence[Factor]) -> Factor | None:
    """Return the circumstance that goes with the cause and raises the rate; None: there is none."""
    for key in FACTORS_OF_CAUSE.get(cause, ()):
        for factor in factors:
            if factor.key == key and factor.verdict is FactorVerdict.RAISES:
                return factor
    return None
