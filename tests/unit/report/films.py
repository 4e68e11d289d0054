"""A small week of disconnects, and plain words, for the report's tests."""

from datetime import UTC, datetime

from monitor.model import (
    CareCode,
    CauseCode,
    Diagnosis,
    Disconnect,
    Evidence,
    Factor,
    Finding,
    FixCode,
    How,
    StateChange,
)
from monitor.report.interface import WeekFacts
from monitor.report.weeks import parse_week, week_before

WEEK = parse_week("2026-W47", 0, UTC)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def drop(
    number: int,
    start: str,
    minutes: float | None,
    wallet: str = "icbc",
    confirmed: CauseCode | None = None,
) -> Disconnect:
    start_ms = at(start)
    end_ms = None if minutes is None else start_ms + round(minutes * MINUTE_MS)
    return Disconnect(
        wallet, "session", start_ms, end_ms, How.TIMEOUT, id=number, confirmed=confirmed
    )


def because(cause: CauseCode, *fixes: FixCode) -> Diagnosis:
    return Diagnosis((Finding(cause, 0.9, (), fixes),), "test", 0)


def facts(
    *disconnects: Disconnect,
    diagnoses: dict[int, Diagnosis] | None = None,
    observed: tuple[int, int] | None = (WEEK.since_ms, WEEK.until_ms),
) -> WeekFacts:
    return WeekFacts(
        week=WEEK,
        previous=week_before(WEEK),
        now_ms=WEEK.until_ms,
        disconnects=disconnects,
        diagnoses=diagnoses or {},
        observed=observed,
        controls=frozenset({"alipay"}),
        titles={"icbc": "ICBC", "alipay": "Alipay"},
    )


class PlainWords:
    def text(self, msgid: str) -> str:
        return msgid

    def plural(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many

    def cause_title(self, code: CauseCode) -> str:
        return f"<{code}>"

    def fix_title(self, code: FixCode) -> str:
        return f"<{code}>"

    def fix_text(self, code: FixCode) -> str:
        return f"Do {code}."

    def cause_text(self, code: CauseCode) -> str:
        return f"About {code}."

    def family_title(self, code: CauseCode) -> str:
        return f"<{code.family}>" if code.family else ""

    def finding_summary(self, finding: Finding) -> str:
        return f"It was {finding.cause}."

    def evidence_text(self, evidence: Evidence) -> str:
        return f"Seen: {evidence.code}."

    def factor_title(self, factor: Factor) -> str:
        return f"<{factor.key}{factor.subject}>"

    def factor_text(self, factor: Factor) -> str:
        return f"{factor.key}: {factor.exposed_count}."

    def care_title(self, code: CareCode) -> str:
        return f"<{code}>"

    def care_text(self, code: CareCode) -> str:
        return f"Mind {code}."

    def state_text(self, change: StateChange) -> str:
        return f"{change.key}: {change.value}"
