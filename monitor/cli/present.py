"""A disconnect in the public JSON form and in words; what `disconnects` and `explain` share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.diagnose.words import cause_title, evidence_text
from monitor.locale import N_, Translator
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    EpochMs,
    Evidence,
    Finding,
    How,
)
from monitor.report.amounts import percent, utc_iso

if TYPE_CHECKING:
    from monitor.hindsight import Accuracy

HOW = {
    How.RESET: N_("reset"),
    How.CLOSED: N_("closed by the far end"),
    How.TIMEOUT: N_("fell silent"),
    How.UNREACHABLE: N_("unreachable"),
    How.REFUSED: N_("refused"),
    How.DNS: N_("name not found"),
    How.TLS: N_("wrong certificate"),
    How.CRASH: N_("program crashed"),
    How.KILLED: N_("program was ended"),
    How.REPORTED: N_("reported by you"),
}
"""How a session ended, in words."""


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


def why(disconnect: Disconnect, diagnosis: Diagnosis | None, tr: Translator) -> str:
    """Return the cause in words: the user's own, else the best finding with its confidence.

    A finding that the user said was wrong keeps its place, marked: nothing better is known.
    """
    if disconnect.confirmed is not None:
        return cause_title(disconnect.confirmed, tr) + tr.text(N_(" (confirmed by you)"))
    if diagnosis is None:
        return tr.text(N_("not analysed yet"))
    words = finding_words(diagnosis.best, tr)
    if disconnect.denied is diagnosis.best.cause:
        words += tr.text(N_(" (wrong, you say)"))
    return words


def finding_words(finding: Finding, tr: Translator) -> str:
    """Return a cause's title with its confidence; what is not explained has none."""
    title = cause_title(finding.cause, tr)
    if finding.cause is CauseCode.UNEXPLAINED:
        return title
    words = tr.text(N_("{what} ({amount})"))
    return words.format(what=title, amount=percent(finding.confidence_ratio))
