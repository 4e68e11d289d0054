"""A believable week, a healthy one and a huge one, as `summarise` would hand them over."""

import math

from monitor.model import (
    Adjusted,
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
    Outcome,
    StateChange,
)
from monitor.report.interface import (
    CloseUp,
    Column,
    Dot,
    LegSeries,
    OwnCost,
    WeekFacts,
    WeekSummary,
)
from monitor.report.summary import summarise
from monitor.report.weeks import week_before
from tests.unit.report.films import HOUR_MS, MINUTE_MS, WEEK, at

STEP_MS = 5 * MINUTE_MS
LEGS = (Leg.GATEWAY, Leg.INTERNET, Leg.DNS, Leg.CONTROL, Leg.WALLET)
USUAL_MS = {Leg.GATEWAY: 3, Leg.INTERNET: 18, Leg.DNS: 22, Leg.CONTROL: 31, Leg.WALLET: 38}
NIGHTS = tuple(
    Gap(
        WEEK.since_ms + day * 24 * HOUR_MS - HOUR_MS // 2,
        WEEK.since_ms + day * 24 * HOUR_MS + 7 * HOUR_MS,
        GapWhy.SLEEP,
    )
    for day in range(-7, 8)
)
HOSTILE = "</script><img src=x onerror=alert(1)> 🏦 \u202egnorts " + "x" * 300

STORY = (
    ("2026-11-11T21:10", 6.0, CauseCode.BATTERY_SAVER),
    ("2026-11-12T20:40", 5.0, CauseCode.BATTERY_SAVER),
    ("2026-11-13T22:05", 7.5, CauseCode.BATTERY_SAVER),
    ("2026-11-14T12:20", 3.0, CauseCode.GATEWAY),
    ("2026-11-15T19:00", 4.0, CauseCode.WEAK_SIGNAL),
    ("2026-11-15T21:30", 4.0, CauseCode.BATTERY_SAVER),
    ("2026-11-16T21:12:04", 6.4, CauseCode.BATTERY_SAVER),
    ("2026-11-17T08:31:40", 1.2, CauseCode.WEAK_SIGNAL),
    ("2026-11-17T20:55:10", 9.1, CauseCode.BATTERY_SAVER),
    ("2026-11-19T13:07:31", 14.0, CauseCode.GATEWAY),
    ("2026-11-20T21:40:00", 4.7, CauseCode.BATTERY_SAVER),
    ("2026-11-21T17:02:20", 0.5, CauseCode.BANK_CLOSED),
    ("2026-11-22T20:15:48", 5.9, CauseCode.BATTERY_SAVER),
)
FIXES = {
    CauseCode.BATTERY_SAVER: (FixCode.REVIEW_SETTINGS, FixCode.READ_FAQ),
    CauseCode.WEAK_SIGNAL: (FixCode.STRONGER_SIGNAL,),
    CauseCode.GATEWAY: (FixCode.CHECK_NETWORK,),
    CauseCode.BANK_CLOSED: (FixCode.SIGN_IN_AGAIN,),
}


ANSWERED = Evidence("gateway.answered", True, {"answered_count": 59, "measured_count": 60})
SEEN = {
    CauseCode.BATTERY_SAVER: (
        Evidence("saver.fresh", True, {"held_s": 64}),
        Evidence("saver.pattern", True),
        ANSWERED,
    ),
    CauseCode.WEAK_SIGNAL: (Evidence("gateway.lossy", True, {"loss_percent": 38}),),
    CauseCode.GATEWAY: (Evidence("gateway.silent", True, {"silent_s": 840, "lost_count": 168}),),
    CauseCode.BANK_CLOSED: (Evidence("session.closed", True), ANSWERED),
}


def disconnects() -> tuple[Disconnect, ...]:
    return tuple(
        Disconnect(
            "icbc",
            "session",
            at(start),
            at(start) + round(minutes * MINUTE_MS),
            How.TIMEOUT,
            id=number,
            confirmed=CauseCode.GATEWAY if number == 10 else None,
            note="router hung again" if number == 10 else "",
        )
        for number, (start, minutes, _) in enumerate(STORY, 1)
    )


def diagnosis(cause: CauseCode, ratio: float) -> Diagnosis:
    evidence = (*SEEN[cause], Evidence("others.fell", False, {"wallet": "Alipay"}))
    return Diagnosis(
        (
            Finding(cause, ratio, evidence, FIXES.get(cause, ())),
            Finding(CauseCode.ISP, 0.21, evidence[-1:], (FixCode.CHECK_NETWORK,)),
        ),
        "test",
        0,
    )


def close_up(disconnect: Disconnect) -> CloseUp:
    since_ms, until_ms = disconnect.started_at_ms - 300_000, disconnect.started_at_ms + 300_000
    dots = []
    end_ms = disconnect.ended_at_ms or until_ms
    for moment in range(since_ms, until_ms, 5_000):
        is_down = disconnect.started_at_ms <= moment < end_ms
        for leg in LEGS:
            outcome = Outcome.REPLY
            if is_down and leg is Leg.WALLET:
                outcome = Outcome.TIMEOUT if moment % 20_000 else Outcome.RESET
            dots.append(Dot(moment, leg, outcome, 20.0))
    saver = StateChange(disconnect.started_at_ms - 64_000, "power.battery_saver", True)
    return CloseUp(
        since_ms, until_ms, tuple(dots), (saver,), (Gap(until_ms - 40_000, until_ms, GapWhy.SLEEP),)
    )


def series(leg: Leg, unseen: tuple[Gap, ...] = NIGHTS, is_all_lost: bool = False) -> LegSeries:
    columns = []
    for number, moment in enumerate(range(WEEK.since_ms, WEEK.until_ms, STEP_MS)):
        if any(gap.at_ms <= moment < gap.until_ms for gap in unseen):
            continue
        p50 = USUAL_MS.get(leg, 20) * (
            1.2 + 0.3 * math.sin(number / 23) + 0.1 * math.sin(number * 7.3)
        )
        p95 = p50 * (1.5 + abs(math.sin(number * 1.7)) + (4 if number % 173 == 0 else 0))
        lost = 60 if is_all_lost else (20 if number % 211 == 5 else number % 97 == 0)
        times = (None, None, None) if is_all_lost else (p50, p95, p95 * 1.3)
        columns.append(Column(moment, 60, int(lost), *times))
    return LegSeries(leg, STEP_MS, tuple(columns))


def some_factors(subject: str = "home") -> tuple[Factor, ...]:
    return (
        Factor("power.battery_saver", 41_000, 4, 320_000, 2, 15.6, 2.2, 171.0, 0.002, 0.02,
               FactorVerdict.RAISES, adjusted=Adjusted("battery.low", 12.0, 0.004, True)),
        Factor("wifi.ssid", 200_000, 3, 160_000, 3, 0.8, 0.1, 6.0, 0.8, 0.9,
               FactorVerdict.NO_EVIDENCE, subject),
        Factor("link.vpn", 0, 0, 360_000, 6, None, None, None, None, None,
               FactorVerdict.NOT_ENOUGH),
    )  # fmt: skip


def busy(
    name: str = "工商银行 ICBC", subject: str = "home", *, is_demo: bool = False
) -> WeekSummary:
    found = disconnects()
    causes = {number: cause for number, (_, _, cause) in enumerate(STORY, 1)}
    stop = Gap(at("2026-11-18T13:00"), at("2026-11-18T17:30"), GapWhy.STOPPED)
    fix = FixCheck(
        FixCode.CHECK_NETWORK, CauseCode.GATEWAY, at("2026-11-19T13:30"), True, 2,
        140 * HOUR_MS, 0, 62 * HOUR_MS, 0.0, None, 5.2, HelpVerdict.TOO_EARLY,
    )  # fmt: skip
    control = Disconnect(
        "alipay", "session", at("2026-11-19T13:07:35"), at("2026-11-19T13:21"), How.TIMEOUT, id=99
    )
    return summarise(
        WeekFacts(
            week=WEEK,
            previous=week_before(WEEK),
            now_ms=WEEK.until_ms,
            disconnects=tuple(sorted((*found, control), key=lambda d: d.started_at_ms)),
            diagnoses={n: diagnosis(cause, 0.9 if n % 3 else 0.66) for n, cause in causes.items()},
            gaps=(*NIGHTS, stop),
            observed=(WEEK.since_ms - 160 * HOUR_MS, WEEK.until_ms),
            controls=frozenset({"alipay"}),
            titles={"icbc": name, "alipay": "Alipay"},
            legs=tuple(series(leg, (*NIGHTS, stop)) for leg in LEGS),
            close_ups={d.id: close_up(d) for d in found if d.id is not None and d.id != 9},
            factors=some_factors(subject),
            fix_checks=(fix,),
            care=CareCode.PHISHING,
            cost=OwnCost(0.004, 61.0, 38.0, 112.0),
            is_demo=is_demo,
        )
    )


def healthy() -> WeekSummary:
    return summarise(
        WeekFacts(
            week=WEEK,
            previous=week_before(WEEK),
            now_ms=WEEK.until_ms,
            gaps=NIGHTS,
            observed=(WEEK.since_ms - 160 * HOUR_MS, WEEK.until_ms),
            titles={"icbc": "ICBC", "alipay": "Alipay"},
            legs=tuple(series(leg) for leg in LEGS),
            care=CareCode.PASSWORD,
        )
    )


def unseen() -> WeekSummary:
    return summarise(WeekFacts(week=WEEK, previous=week_before(WEEK), now_ms=WEEK.until_ms))


def huge(count: int = 10_000) -> WeekSummary:
    step_ms = (WEEK.until_ms - WEEK.since_ms) // count
    found = tuple(
        Disconnect(
            "icbc", "session", WEEK.since_ms + n * step_ms,
            WEEK.since_ms + n * step_ms + step_ms // (2 + n % 5), How.RESET, id=n + 1,
        )
        for n in range(count)
    )  # fmt: skip
    last = found[-40:]
    causes = [CauseCode.WEAK_SIGNAL, CauseCode.GATEWAY, CauseCode.BANK_CLOSED]
    return summarise(
        WeekFacts(
            week=WEEK,
            previous=week_before(WEEK),
            now_ms=WEEK.until_ms,
            disconnects=found,
            diagnoses={n: diagnosis(causes[n % 3], 0.7) for n in range(1, count + 1)},
            observed=(WEEK.since_ms, WEEK.until_ms),
            titles={"icbc": HOSTILE},
            legs=tuple(series(leg, ()) for leg in Leg),
            close_ups={d.id: close_up(d) for d in last if d.id is not None},
            factors=some_factors(HOSTILE),
        )
    )
