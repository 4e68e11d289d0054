"""python -m monitor.weekly: writes the page of one week, in a process that ends with it.

The daemon starts it each Monday, so that sampling keeps its times. It marks the fixes that can be
seen, writes the page, and says in one line of JSON what a notice is to tell.
"""

import argparse
import gc
import json
import os
import sys
from pathlib import Path

from monitor.clock import SystemClock
from monitor.config.decode import load
from monitor.config.settings import Settings
from monitor.locale import LANGUAGES, Translator, translator
from monitor.model import EpochMs
from monitor.phrases import ReportWords
from monitor.report.html import render
from monitor.report.interface import Week, WeekSummary
from monitor.report.weeks import parse_week
from monitor.store.sqlite import Store, open_store
from monitor.weekly.gather import summary
from monitor.weekly.headline import headline
from monitor.weekly.marking import mark_seen
from monitor.weekly.shelf import keep

NICENESS = 10
"""Whatever else the machine does comes first, the daemon's sampling above all."""


def main() -> int:
    """Write the page that the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(prog="walletwatch report")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--lang", choices=LANGUAGES, required=True)
    parser.add_argument("--week", required=True)
    wanted = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    gc.disable()  # it ends soon: looking for garbage would take a tenth of its time
    settings = load(wanted.config)
    language = settings.notify.language
    tr = translator(wanted.lang if language == "auto" else language)
    now_ms = SystemClock().wall_ms()
    store = open_store(wanted.data_dir)
    try:
        week = parse_week(wanted.week, now_ms, None)
        found = write_week(store, wanted.data_dir, week, settings, tr, now_ms)
    finally:
        store.close()
    json.dump(told(found, tr), sys.stdout)
    sys.stdout.write("\n")
    return 0


def write_week(
    store: Store, data_dir: Path, week: Week, settings: Settings, tr: Translator, now_ms: EpochMs
) -> WeekSummary:
    """Mark what can be seen of fixes, and write the week's page unless nothing was observed."""
    mark_seen(store, week.until_ms)
    found = summary(store, week, settings, now_ms)
    if found.observed_ms or found.totals.count:
        keep(data_dir, week.name, render(found, ReportWords(tr)))
    return found


def told(found: WeekSummary, tr: Translator) -> dict[str, str | bool | None]:
    """Return what the daemon is told of a week that was written."""
    action = found.action
    return {
        "week": found.week.name,
        "is_written": bool(found.observed_ms or found.totals.count),
        "body": headline(found, ReportWords(tr)),
        "cause": None if action is None else action.cause.value,
        "fix": None if action is None else action.fix.value,
    }


if __name__ == "__main__":
    sys.exit(main())
