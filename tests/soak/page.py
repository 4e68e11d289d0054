"""docs/endurance.md: each part writes its own section and leaves the other as it is."""

from datetime import UTC, datetime
from pathlib import Path

from tests.soak import checks, minutes
from tests.soak.days import Result
from tests.soak.figures import Held, most
from tests.soak.story import changes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "endurance.md"

HEAD = """# Endurance

Written by `make soak`; nothing here is written by hand. A monitor runs for months, so it is watched
over months: part A drives the real daemon through them faster than they pass, part B has it run in
real time at ten times its usual rate. Either fails when one of its checks does.
"""

BEGINS = {"A": "<!-- part A -->", "B": "<!-- part B -->"}


def write(part: str, text: str, page: Path = PAGE) -> None:
    """Put a part's section in its place."""
    parts = dict.fromkeys(BEGINS, "")
    if page.exists():
        for name, rest in _split(page.read_text(encoding="utf-8")):
            parts[name] = rest
    parts[part] = text.strip() + "\n"
    whole = HEAD
    for name, mark in BEGINS.items():
        whole += f"\n{mark}\n"
        if parts[name].strip():
            whole += f"\n{parts[name].strip()}\n"
    page.parent.mkdir(exist_ok=True)
    page.write_text(whole, encoding="utf-8")


def _split(text: str) -> list[tuple[str, str]]:
    """Return the sections that a page holds."""
    found = []
    for name, mark in BEGINS.items():
        _, here, after = text.partition(mark)
        if here:
            ends = [after.find(other) for other in BEGINS.values() if other in after]
            found.append((name, after[: min(ends)] if ends else after))
    return found


METHOD = """Real: the composition root, the store's file and its writer's thread, detection,
diagnosis, the announcer and its thread, care of the store, the weekly report in a process of its
own. Played: the three clocks, the probes, the device's readers, the wallet's session, the desktop.
The job table is driven by the played clocks instead of APScheduler's threads, and time waits for
the writer; what APScheduler does under set clocks is the lab's to show. A played question takes no
time, and one that stays unanswered takes none either."""


def part_a(result: Result, found: checks.Found, wrong: list[str]) -> str:
    """Return section A."""
    plan, keep = result.plan, result.settings.store
    coarse = len(result.days) - result.fine_days
    slept_s = sum(g.until_ms - g.at_ms for g in result.gaps if g.why == "sleep") / 1000
    told = ", ".join(f"{count} x {name}" for name, count in sorted(result.events.items()))
    turns = ", ".join(f"{at:%Y-%m-%d %H:%M}Z" for at in changes(plan)) or "no time"
    journey = ""
    if plan.journey is not None:
        there, back, zone = plan.journey
        journey = f" (days {there:g} to {back:g} in {zone})"
    cpu_s = sum(day.cpu_s for day in result.days)
    lines = [
        f"## A. {plan.days} days in {result.wall_s / 60:.0f} minutes",
        "",
        f"Seed {plan.seed} (`make soak SEED={plan.seed}` plays the same story). {_outcome(wrong)}",
        "",
        METHOD,
        "",
        f"- From {plan.start:%Y-%m-%d} in {plan.zone}{journey}."
        f" The clocks there change at {turns}.",
        f"- {coarse} days on a grid of {result.settings.interval_s:g} s (the default 5 s would take"
        f" six times as long), then a restart and {result.fine_days} days on 5 s:"
        f" {result.asked:,} questions.",
        f"- What happens: {told}. It slept {slept_s / 3600:.0f} h in all.",
        f"- Kept: samples {keep.raw_days} days, minutes {keep.minute_days}, hours and events"
        f" {keep.hour_days}, so that every stage of retention is at work"
        " (the defaults are 14, 90 and 1,100).",
        f"- It took {cpu_s:.0f} s of processor time,"
        f" {cpu_s / max(1, len(result.days)):.1f} s a day.",
        "",
        "| what | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in _outcomes(result, found)),
        "",
        "The most of each day:",
        "",
        "| day | date | questions | CPU s | RSS MiB | threads | fds | WAL MiB | database MiB |",
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for day in result.days:
        if _is_told(day.number, len(result.days)):
            at = datetime.fromtimestamp(result.began_ms / 1000 + 86_400 * (day.number - 1), UTC)
            lines.append(
                f"| {day.number} | {at:%Y-%m-%d} | {day.asked:,} | {day.cpu_s:.1f}"
                f" | {_cells(day.held)} |"
            )
    return "\n".join([*lines, *_wrongs(wrong)])


def _outcomes(result: Result, found: checks.Found) -> list[tuple[str, str]]:
    """Return the lines of the table of what was found."""
    weeks = checks.expected_weeks(result)
    false = sum("false disconnect" in each for each in found.wrong)
    return [
        ("true disconnects found", f"{found.matched} of {len(result.truths)}"),
        ("told with their true cause", str(found.same_cause)),
        ("their start, at most beside the truth by", f"{found.late_ms / 1000:.1f} s"),
        ("false disconnects", str(false)),
        ("gaps: true, stored", f"{len(result.gaps)}, {len(result.gaps_found)}"),
        ("weekly reports due", f"{len(weeks)} ({', '.join(weeks)})"),
        ("jobs in the table at the end", str(len(result.jobs))),
        ("errors in the log", str(len(result.errors))),
        (
            "RSS that stays, slope over the warm coarse days",
            f"{checks.rss_slope(result):+.4f} MiB a day",
        ),
        ("Python's objects, slope over the same", f"{checks.blocks_slope(result):+.1f} a day"),
    ]


def part_b(found: minutes.Watched, wrong: list[str]) -> str:
    """Return section B."""
    warm = found.warm
    used = (warm[-1].cpu_s - warm[0].cpu_s) / max(1.0, warm[-1].at_s - warm[0].at_s)
    woken = (warm[-1].wakeups - warm[0].wakeups) / max(1.0, warm[-1].at_s - warm[0].at_s)
    lines = [
        f"## B. {found.seconds / 60:.0f} real minutes at ten times the usual rate",
        "",
        f"{_outcome(wrong)}",
        "",
        f"`walletwatch run` as a process with `interval_s = {minutes.INTERVAL_S}`, in the fault",
        f"lab's healthy network. Looked at each {minutes.EACH_S:g} s; warm after"
        f" {min(minutes.WARM_S, found.seconds / 3) / 60:.1f} min.",
        "",
        "| what | |",
        "|---|---|",
        f"| samples stored | {found.samples:,} |",
        f"| targets | {len(found.missing)} |",
        f"| grid points without a sample | {sum(found.missing.values())} |",
        f"| disconnects, gaps | {found.disconnects}, {found.gaps} |",
        f"| CPU once warm, of one core | {100 * used:.2f} % |",
        f"| wake-ups a second | {woken:.1f} |",
        f"| RSS, slope once warm | {minutes.rss_slope(found):+.3f} MiB an hour |",
        f"| ended after SIGTERM | {found.ended_s:.2f} s, exit code {found.exit_code} |",
        "",
        "The most of each stretch:",
        "",
        "| minutes | RSS MiB | PSS MiB | threads | fds | WAL MiB | database MiB |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    size = max(1, len(found.seen) // 12)
    for start in range(0, len(found.seen), size):
        part = found.seen[start : start + size]
        what = most([one.held for one in part])
        lines.append(
            f"| {part[-1].at_s / 60:.1f} | {what.rss_mib:.1f} | {what.pss_mib:.1f} | {what.threads}"
            f" | {what.fds} | {what.wal_mib:.2f} | {what.db_mib:.2f} |"
        )
    return "\n".join([*lines, *_wrongs(wrong)])


def _cells(what: Held) -> str:
    return (
        f"{what.rss_mib:.1f} | {what.threads} | {what.fds} | {what.wal_mib:.2f} | {what.db_mib:.2f}"
    )


def _is_told(day: int, days: int) -> bool:
    """Tell whether a day has its line: the first, the last, and one in so many between."""
    return day in (1, days) or day % max(1, days // 18) == 0


def _outcome(wrong: list[str]) -> str:
    return "Every check held." if not wrong else f"**{len(wrong)} checks did not hold** (below)."


def _wrongs(wrong: list[str]) -> list[str]:
    return ["", "What did not hold:", "", *(f"- {each}" for each in wrong[:50])] if wrong else []
