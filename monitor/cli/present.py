"""A disconnect in the public JSON form and in words; what `disconnects` and `explain` share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.diagnose.words import evidence_text
from monitor.locale import Translator
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    EpochMs,
    Evidence,
    Finding,
)
from monitor.report.amounts import utc_iso

if TYPE_CHECKING:
    from monitor.hindsight import Accuracy


def iso(at_ms: EpochMs) -> str:
    """Return an instant as the public interface writes it: UTC, milliseconds, `Z`."""
    return utc_iso(datetime.fromtimestamp(at_ms / 1000, UTC))


def disconnect_json(
    disconnect: Disconnect, diagnosis: Diagnosis | None, tr: Translator
) -> dict[str, object]:
    """Return a disconnect's public fields; without a diagnosis it is unexplained so far."""
    ended_ms, lasted_ms = disconnect.ended_at_ms, disconnect.duration_ms
    best = diagnosis.best if diagnosis else Finding(CauseCode.UNEXPLAINED, 0.0)
    runner_up = diagnosis.runner_up if diagnosis else None
    return {
        "id": disconnect.id,
        "wallet": disconnect.wallet,
        "source": disconnect.source,
        "started_at": iso(disconnect.started_at_ms),
        "ended_at": None if ended_ms is None else iso(ended_ms),
        "duration_s": None if lasted_ms is None else lasted_ms / 1000,
        "how": disconnect.how.value,
        "cause": finding_json(best),
        "runner_up": None if runner_up is None else finding_json(runner_up),
        "evidence": [evidence_json(item, tr) for item in best.evidence],
        "fixes": [fix.value for fix in best.fixes],
        "confirmed": None if disconnect.confirmed is None else disconnect.confirmed.value,
    }


def finding_json(finding: Finding) -> dict[str, object]:
    """Return a cause's code and confidence."""
    return {"code": finding.cause.value, "confidence": round(finding.confidence_ratio, 4)}


def evidence_json(evidence: Evidence, tr: Translator) -> dict[str, object]:
    """Return an observation's code, its words and its side."""
    return {
        "code": evidence.code,
        "text": evidence_text(evidence, tr),
        "supports": evidence.supports,
    }


def agreed(so_far: Accuracy, tr: Translator) -> str:
    """Return how often the user agreed with what was told."""
    words = tr.plural(
        "You agreed with {agreed} of {count} answer.",
        "You agreed with {agreed} of {count} answers.",
        so_far.count,
    )
    return words.format(agreed=so_far.agreed_count, count=so_far.count)
