"""The page as one JSON object: English codes, and the same content."""

from __future__ import annotations

from monitor.cli.explain import strip as signs
from monitor.cli.explain.chart import CODES, MOST_COLUMNS
from monitor.cli.explain.moments import device_at_start, moments
from monitor.cli.explain.strip import strip
from monitor.cli.explain.told import Told
from monitor.cli.present import disconnect_json, evidence_json, finding_json, iso
from monitor.diagnose.words import (
    cause_summary,
    cause_text,
    cause_title,
    fix_text,
    fix_title,
    settings_path,
)
from monitor.locale import Translator
from monitor.model import Diagnosis


def as_json(told: Told, tr: Translator) -> dict[str, object]:
    """Return the disconnect's public fields with everything else that the page tells."""
    found, diagnosis = told.disconnect, told.diagnosis
    return {
        **disconnect_json(found, diagnosis, tr),
        "title": told.title,
        "note": found.note,
        "denied": None if found.denied is None else found.denied.value,
        "accuracy": {"agreed": told.accuracy.agreed_count, "count": told.accuracy.count},
        "timeline": [
            {"at": iso(m.at_ms), "kind": m.kind, "text": m.text} for m in moments(told.case, tr)
        ],
        "strip": _strip(told),
        "device": {change.key: change.value for change in device_at_start(told.case)},
        "settings_path": settings_path(told.maker, tr) if told.maker else None,
        **_judged(diagnosis, tr),
    }


def _strip(told: Told) -> dict[str, object]:
    """Return the chart: when it begins, how long a column is, and each row's signs."""
    drawn = strip(told.case, MOST_COLUMNS)
    return {
        "since": iso(drawn.grid.since_ms),
        "step_s": drawn.grid.step_ms / 1000,
        "start_column": drawn.grid.start_column,
        "signs": CODES,
        "rows": [
            {
                "row": "session" if row.leg is None else row.leg.value,
                "family": row.family,
                "signs": row.signs,
                "measured": row.signs.strip(signs.BLANK + signs.UNOBSERVED) != "",
                "never_answered": row.is_mute,
            }
            for row in drawn.rows
        ],
    }


def _judged(diagnosis: Diagnosis | None, tr: Translator) -> dict[str, object]:
    """Return what the diagnosis says beyond the public fields."""
    if diagnosis is None:
        return {
            "title_of_cause": None,
            "summary": None,
            "text": None,
            "family": None,
            "runner_up_evidence": [],
            "ruled_out": [],
            "fix_texts": [],
            "engine": None,
            "judged_at": None,
        }
    best, runner_up = diagnosis.best, diagnosis.runner_up
    return {
        "title_of_cause": cause_title(best.cause, tr),
        "summary": cause_summary(best, tr),
        "text": cause_text(best.cause, tr),
        "family": None if best.cause.family is None else best.cause.family.value,
        "runner_up_evidence": [
            evidence_json(item, tr) for item in (runner_up.evidence if runner_up else ())
        ],
        "ruled_out": [
            {**finding_json(other), "evidence": [evidence_json(e, tr) for e in other.evidence]}
            for other in diagnosis.findings[2:]
        ],
        "fix_texts": [
            {"code": fix.value, "title": fix_title(fix, tr), "text": fix_text(fix, tr)}
            for fix in best.fixes
        ],
        "engine": diagnosis.engine,
        "judged_at": iso(diagnosis.made_at_ms),
    }
