"""`make soak`: months on driven clocks, then an hour in real time; writes docs/endurance.md."""

import argparse
import logging
import os
import random
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monitor.config.settings import StoreSettings
from monitor.store.sqlite import open_store
from tests.soak import checks, days, minutes, page
from tests.soak.story import Plan

START = datetime(2027, 12, 13, tzinfo=UTC)
ZONE = "Africa/Casablanca"
"""The one zone whose clocks go back and forth again within ninety days that also hold a year's end
and 29 February 2028: Morocco leaves summer time for Ramadan (23 January to 5 March)."""
JOURNEY = (20.0, 27.0, "Asia/Shanghai")

STORE = StoreSettings(raw_days=3, minute_days=14, hour_days=45)
GRID_S = 30.0
FINE_DAYS = 3
LEAST_DAYS = 8

FAKETIME = "*/faketime/libfaketime.so.1"
"""Has the report's process live at the played time: it asks the machine's clock."""


def main() -> int:
    """Soak; return 1 where a check did not hold."""
    asked = _arguments()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="walletwatch-soak-") as name:
        folder = Path(name)
        if asked.days and "a" in asked.part:
            wrong += _part_a(asked.days, asked.seed, folder / "days")
        if asked.minutes and "b" in asked.part:
            wrong += _part_b(asked.minutes, folder / "minutes")
        if wrong and asked.keep:
            shutil.copytree(folder, asked.keep, dirs_exist_ok=True)
    for each in wrong:
        _say(f"WRONG: {each}")
    _say("every check held" if not wrong else f"{len(wrong)} checks did not hold")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="watch the daemon over months")
    parser.add_argument("--days", type=int, default=90, help="of part A; 0 leaves it out")
    parser.add_argument("--minutes", type=float, default=60.0, help="of part B; 0 leaves it out")
    parser.add_argument("--seed", type=int, default=None, help="of part A's story; else drawn")
    parser.add_argument("--part", default="ab", choices=("a", "b", "ab"))
    parser.add_argument("--keep", type=Path, help="where the data go if a check does not hold")
    return parser.parse_args()


def _part_a(count: int, seed: int | None, folder: Path) -> list[str]:
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    count = max(count, LEAST_DAYS)
    full = Plan(START, count, seed, ZONE, journey=JOURNEY)
    share = min(1.0, count / 90)
    plan = replace(
        full,
        sleeps=round(full.sleeps * max(share, 0.3)) if share < 1 else full.sleeps,
        losses=round(full.losses * share),
        noises=round(full.noises * share),
        networks=round(full.networks * share),
        resolvers=round(full.resolvers * share),
        journey=full.journey if count > JOURNEY[1] else None,
    )
    library = next(Path("/usr/lib").glob(FAKETIME), None)
    if library is None:
        return ["part A needs libfaketime, for the report's process lives in another year"]
    os.environ["LD_PRELOAD"] = str(library)
    logging.basicConfig(level=logging.WARNING, filename=folder.with_suffix(".log"))
    days.prepare()
    folder.mkdir(parents=True)
    _say(f"part A: {count} days, seed {seed}")
    _say(" day  date        questions  CPU s     RSS  thr  fds    WAL      db   blocks")
    result = days.run(plan, folder, STORE, GRID_S, min(FINE_DAYS, count // 4), _say)
    os.environ.pop("LD_PRELOAD")
    store = open_store(folder, readonly=True)
    try:
        found = checks.disconnects(result, store.disconnects(), store)
        wrong = checks.all_of(result, found, store, folder / "reports")
    finally:
        store.close()
    page.write("A", page.part_a(result, found, wrong))
    _say(
        f"part A: {result.wall_s:.0f} s, {found.matched} of {len(result.truths)} disconnects found"
    )
    return wrong


def _part_b(count: float, folder: Path) -> list[str]:
    if os.geteuid() != 0:
        _say("part B needs root, for the fault lab: left out")
        return []
    _say(f"part B: {count:g} minutes")
    found = minutes.run(count, folder, _say)
    wrong = minutes.wrong(found)
    page.write("B", page.part_b(found, wrong))
    return wrong


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
