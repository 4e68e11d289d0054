"""A small week of disconnects, and plain words, for the report's tests."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor.model import (
    CareCode,
    CauseCode,
    Diagnosis,
    Disconnect,
    Evidence,
    Factor,
    FactorVerdict,
    Finding,
    FixCheck,
    FixCode,
    Gap,
    GapWhy,
    HelpVerdict,
    How,
    Leg,
    StateChange,
)
from monitor.report.interface import Column, LegSeries, OwnCost, WeekFacts
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


def factor(key: str, verdict: FactorVerdict, subject: str = "") -> Factor:
    """Six incidents in ten hours with it, one in ninety without."""
    return Factor(
        key=key,
        exposed_s=36_000.0,
        exposed_count=6,
        unexposed_s=324_000.0,
        unexposed_count=1,
        rate_ratio=54.0,
        ci_low=6.5,
        ci_high=None,
        p=0.001,
        q=0.01,
        verdict=verdict,
        subject=subject,
    )


def check(
    fix: FixCode, verdict: HelpVerdict, cause: CauseCode | None = None, day: int = 15
) -> FixCheck:
    """A fix that was carried out on a day of November, and what came of it."""
    return FixCheck(
        fix=fix,
        cause=cause,
        at_ms=at(f"2026-11-{day:02d}T20:00"),
        is_told=True,
        before_count=9,
        before_observed_ms=300 * HOUR_MS,
        after_count=3,
        after_observed_ms=160 * HOUR_MS,
        rate_ratio=0.6,
        ci_low=0.2,
        ci_high=2.4,
        verdict=verdict,
    )


def found(cause: CauseCode, other: CauseCode, code: str, *fixes: FixCode) -> Diagnosis:
    """A diagnosis with an observation and a runner-up."""
    seen = (Evidence("link.vpn", supports=False), Evidence(code, supports=True))
    return Diagnosis((Finding(cause, 0.9, seen, fixes), Finding(other, 0.4)), "test", 0)


def full_week(ssid: str = "Garage", title: str = "ICBC") -> WeekFacts:
    """Seven disconnects and something for each section; data that a stranger chose in it."""
    causes = [CauseCode.BATTERY_SAVER] * 4 + [CauseCode.WEAK_SIGNAL] * 2 + [CauseCode.UNEXPLAINED]
    drops = [drop(n + 1, f"2026-11-{16 + n}T19:0{n}", n + 0.5) for n in range(7)]
    week = facts(*drops, observed=(WEEK.since_ms - 40 * HOUR_MS, WEEK.until_ms))
    gap = Gap(at("2026-11-17T00:00"), at("2026-11-17T07:00"), GapWhy.SLEEP)
    columns = tuple(
        Column(WEEK.since_ms + n * HOUR_MS, 720, n, 3.0 + n, 8.0 + n, 90.0) for n in range(5)
    )
    return replace(
        week,
        diagnoses={
            n + 1: found(
                cause,
                CauseCode.SLEEP,
                "saver.was_on",
                FixCode.REVIEW_SETTINGS,
                FixCode.CONTACT_BANK,
            )
            for n, cause in enumerate(causes)
        },
        gaps=(gap,),
        titles={"icbc": title, "alipay": "Alipay"},
        legs=(
            LegSeries(Leg.GATEWAY, HOUR_MS, columns),
            LegSeries(Leg.WALLET, HOUR_MS, columns[:1]),
        ),
        factors=(
            factor("power.battery_saver", FactorVerdict.RAISES),
            factor("wifi.ssid", FactorVerdict.RAISES, ssid),
            factor("link.vpn", FactorVerdict.NO_EVIDENCE),
            factor("cpu.busy", FactorVerdict.NOT_ENOUGH),
        ),
        fix_checks=(
            check(FixCode.REVIEW_SETTINGS, HelpVerdict.NO_CHANGE, CauseCode.BATTERY_SAVER),
        ),
        care=CareCode.PUBLIC_WIFI,
        cost=OwnCost(0.004, 44.0, 12.5, None),
        is_demo=True,
    )
