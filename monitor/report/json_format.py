"""The weekly report as one JSON object: the public fields, English codes in any language."""

import json
import math
from collections.abc import Mapping, Sequence

from monitor.model import Factor, Finding, FixCheck
from monitor.report.amounts import iso
from monitor.report.interface import (
    Action,
    HeatCell,
    Incident,
    OwnCost,
    Totals,
    WalletTotals,
    WeekSummary,
    Words,
)
from monitor.report.sentences import reasons

METHOD = {
    "count": "disconnects of wallets (role wallet) that began in the week; controls stand apart",
    "lost_s": "their time inside the week; what overlaps in one wallet counts once; gaps do not",
    "share": "of the week's count",
    "observed_s": "from the first to the last observed instant in the week, gaps apart",
    "cause": "what the user confirmed, else the best finding, else unexplained; one that the user "
    "ruled out is none",
    "factors": "disconnects less than ten quiet minutes apart are one incident; exact 95 % "
    "interval; p by circular shifts, q after Benjamini and Hochberg; a pattern, never a proof",
    "fix_checks": "up to four observed weeks before and after; exact 95 % interval",
    "heatmap": "disconnects that began in each local hour; empty below three of them",
}
"""How the numbers were made."""


def render(summary: WeekSummary, words: Words) -> str:
    """Return the report as one indented JSON object, ASCII only, ended by a newline."""
    week = summary.week
    start, end = week.local(week.since_ms), week.local(week.until_ms)
    previous = None if summary.previous is None else _totals(summary.previous)
    document = {
        "week": week.name,
        "span": {
            "start": start.isoformat(),
            "end": end.isoformat(),
            "zone": str(week.zone) if week.zone is not None else start.tzname(),
        },
        "observed_s": summary.observed_ms / 1000,
        "disconnects": {**_totals(summary.totals), "previous": previous},
        "causes": [
            {
                "code": cause.cause.value,
                "count": cause.count,
                "lost_s": cause.lost_ms / 1000,
                "share": round(cause.share_ratio, 4),
            }
            for cause in summary.causes
        ],
        "action": _action(summary.action, words),
        "factors": [_factor(factor) for factor in summary.factors],
        "fix_checks": [_fix_check(check) for check in summary.fix_checks],
        "wallets": [_wallet(wallet) for wallet in summary.wallets],
        "heatmap": [_heat_cell(cell) for cell in summary.heat],
        "incidents": [_incident(incident) for incident in summary.incidents],
        "method": {**METHOD, "own_cost": _own_cost(summary.cost)},
        "is_demo": summary.is_demo,
    }
    return json.dumps(_finite(document), indent=2, allow_nan=False) + "\n"


def _finite(value: object) -> object:
    """Return the value with null in place of what JSON has no word for: infinity, NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(inner) for inner in value]
    return value


def _totals(totals: Totals) -> dict[str, object]:
    """Return count and times in seconds."""
    return {
        "count": totals.count,
        "lost_s": totals.lost_ms / 1000,
        "longest_s": None if totals.longest_ms is None else totals.longest_ms / 1000,
    }


def _action(action: Action | None, words: Words) -> dict[str, object] | None:
    """Return the fix's code and, in the user's language, why."""
    if action is None:
        return None
    return {
        "fix": action.fix.value,
        "why": " ".join(reasons(action, words)),
        "cause": action.cause.value,
    }


def _wallet(wallet: WalletTotals) -> dict[str, object]:
    """Return a wallet's totals."""
    role = "control" if wallet.is_control else "wallet"
    return {"wallet": wallet.wallet, "title": wallet.title, "role": role, **_totals(wallet.totals)}


def _incident(incident: Incident) -> dict[str, object]:
    """Return a disconnect of the week in short; `explain` tells all."""
    disconnect = incident.disconnect
    lasted = disconnect.duration_ms
    return {
        "id": disconnect.id,
        "wallet": disconnect.wallet,
        "started_at": iso(disconnect.started_at_ms),
        "ended_at": None if disconnect.ended_at_ms is None else iso(disconnect.ended_at_ms),
        "duration_s": None if lasted is None else lasted / 1000,
        "lost_s": incident.lost_ms / 1000,
        "how": disconnect.how.value,
        "cause": {"code": incident.cause.value, "confidence": incident.confidence_ratio},
        "confirmed": None if disconnect.confirmed is None else disconnect.confirmed.value,
        "denied": None if disconnect.denied is None else disconnect.denied.value,
        "runner_up": None
        if incident.runner_up is None
        else {
            "code": incident.runner_up.cause.value,
            "confidence": incident.runner_up.confidence_ratio,
        },
        "findings": [_finding(f) for f in incident.diagnosis.findings]
        if incident.diagnosis
        else [],
    }


def _finding(finding: Finding) -> dict[str, object]:
    """Return a cause that was weighed, with what was seen for and against it."""
    return {
        "code": finding.cause.value,
        "confidence": finding.confidence_ratio,
        "evidence": [
            {"code": seen.code, "supports": seen.supports, "values": dict(seen.values)}
            for seen in finding.evidence
        ],
        "fixes": [fix.value for fix in finding.fixes],
    }


def _factor(factor: Factor) -> dict[str, object]:
    """Return what the week says of one circumstance."""
    adjusted = factor.adjusted
    return {
        "key": factor.key,
        "subject": factor.subject,
        "exposed_s": factor.exposed_s,
        "exposed_count": factor.exposed_count,
        "unexposed_s": factor.unexposed_s,
        "unexposed_count": factor.unexposed_count,
        "rate_ratio": factor.rate_ratio,
        "ci_low": factor.ci_low,
        "ci_high": factor.ci_high,
        "p": factor.p,
        "q": factor.q,
        "verdict": factor.verdict.value,
        "adjusted": None
        if adjusted is None
        else {
            "by": adjusted.by_key,
            "rate_ratio": adjusted.rate_ratio,
            "p": adjusted.p,
            "is_left": adjusted.is_left,
        },
    }


def _fix_check(check: FixCheck) -> dict[str, object]:
    """Return the time before and after a fix."""
    return {
        "fix": check.fix.value,
        "cause": None if check.cause is None else check.cause.value,
        "at": iso(check.at_ms),
        "is_told": check.is_told,
        "before_count": check.before_count,
        "before_observed_s": check.before_observed_ms / 1000,
        "after_count": check.after_count,
        "after_observed_s": check.after_observed_ms / 1000,
        "rate_ratio": check.rate_ratio,
        "ci_low": check.ci_low,
        "ci_high": check.ci_high,
        "verdict": check.verdict.value,
        "detail": check.detail,
    }


def _heat_cell(cell: HeatCell) -> dict[str, object]:
    """Return one hour of one weekday; Monday is 0."""
    return {
        "weekday": cell.weekday,
        "hour": cell.hour,
        "count": cell.count,
        "lost_s": cell.lost_ms / 1000,
        "observed_s": cell.observed_ms / 1000,
    }


def _own_cost(cost: OwnCost | None) -> dict[str, object] | None:
    """Return what walletwatch itself took; None where it is not known."""
    if cost is None:
        return None
    return {
        "cpu_ratio": cost.cpu_ratio,
        "rss_mib": cost.rss_mib,
        "written_mib": cost.written_mib,
        "database_mib": cost.database_mib,
    }
