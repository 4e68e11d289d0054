"""The weekly report as one JSON object: the public fields, English codes in any language."""

import json
from datetime import UTC, datetime

from monitor.model import EpochMs
from monitor.report.amounts import utc_iso
from monitor.report.interface import Action, Incident, Totals, WalletTotals, WeekSummary, Words
from monitor.report.text import because

METHOD = {
    "count": "disconnects of wallets (role wallet) that began in the week; controls stand apart",
    "lost_s": "their time inside the week; what overlaps in one wallet counts once; gaps do not",
    "share": "of the week's count",
    "observed_s": "from the first to the last observed instant in the week, gaps apart",
    "cause": "what the user confirmed, else the best finding, else unexplained",
    "not_computed_yet": ["factors", "fix_checks", "heatmap"],
}
"""How the numbers were made, and which fields this version leaves empty."""


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
        "factors": [],
        "fix_checks": [],
        "wallets": [_wallet(wallet) for wallet in summary.wallets],
        "heatmap": [],
        "incidents": [_incident(incident) for incident in summary.incidents],
        "method": METHOD,
    }
    return json.dumps(document, indent=2) + "\n"


def _totals(totals: Totals) -> dict[str, object]:
    """Return count and times in seconds."""
    return {
        "count": totals.count,
        "lost_s": totals.lost_ms / 1000,
        "longest_s": None if totals.longest_ms is None else totals.longest_ms / 1000,
    }


def _action(action: Action | None, words: Words) -> dict[str, object] | None:
    """Return the fix's code and, in the user's language, why."""
    return None if action is None else {"fix": action.fix.value, "why": because(action, words)}


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
        "started_at": _iso(disconnect.started_at_ms),
        "ended_at": None if disconnect.ended_at_ms is None else _iso(disconnect.ended_at_ms),
        "duration_s": None if lasted is None else lasted / 1000,
        "lost_s": incident.lost_ms / 1000,
        "how": disconnect.how.value,
        "cause": {"code": incident.cause.value, "confidence": incident.confidence_ratio},
        "confirmed": None if disconnect.confirmed is None else disconnect.confirmed.value,
    }


def _iso(at_ms: EpochMs) -> str:
    """Return an instant as the public interface writes it."""
    return utc_iso(datetime.fromtimestamp(at_ms / 1000, UTC))
