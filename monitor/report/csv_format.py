"""The week's disconnects as CSV (RFC 4180), a row each: stable English columns in any language."""

import csv
import io

from monitor.report.amounts import iso
from monitor.report.harmless import one_line
from monitor.report.interface import Incident, WeekSummary, Words

COLUMNS = (
    "id",
    "wallet",
    "wallet_title",
    "started_at",
    "ended_at",
    "duration_s",
    "lost_s",
    "how",
    "cause",
    "confidence",
    "confirmed",
    "runner_up",
    "runner_up_confidence",
    "evidence",
    "is_demo",
    "denied",
)

_FORMULA = tuple("=+-@＝＋－＠")
"""A cell that begins with one of these is run by a spreadsheet; the wide ones in East Asia."""


def render(summary: WeekSummary, words: Words) -> str:  # noqa: ARG001 (codes, not words)
    """Return a head and a row for each disconnect, lines ended by CR LF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    titles = {wallet.wallet: wallet.title for wallet in summary.wallets}
    for incident in summary.incidents:
        title = titles.get(incident.disconnect.wallet, "")
        writer.writerow(_cell(value) for value in _row(incident, title, summary.is_demo))
    return out.getvalue()


def _row(incident: Incident, title: str, is_demo: bool) -> tuple[object, ...]:
    disconnect = incident.disconnect
    other = incident.runner_up
    seen = incident.best_evidence
    return (
        disconnect.id,
        disconnect.wallet,
        title,
        iso(disconnect.started_at_ms),
        None if disconnect.ended_at_ms is None else iso(disconnect.ended_at_ms),
        None if disconnect.duration_ms is None else disconnect.duration_ms / 1000,
        incident.lost_ms / 1000,
        disconnect.how.value,
        incident.cause.value,
        incident.confidence_ratio,
        None if disconnect.confirmed is None else disconnect.confirmed.value,
        None if other is None else other.cause.value,
        None if other is None else other.confidence_ratio,
        None if seen is None else seen.code,
        str(is_demo).lower(),
        None if disconnect.denied is None else disconnect.denied.value,
    )


def _cell(value: object) -> object:
    """Return a text that no spreadsheet runs; numbers as they are, None as nothing."""
    if not isinstance(value, str):
        return value
    text = one_line(value)
    return "'" + text if text.startswith(_FORMULA) else text
