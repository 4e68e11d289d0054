"""Tells the story to a store, through the pipeline that a real month goes through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor import pipeline
from monitor.config.settings import DEFAULT_WALLETS, Settings
from monitor.demo.records import days
from monitor.demo.samples import CONTROL
from monitor.demo.story import Story, story
from monitor.model import Disconnect, EpochMs, FixCode, FixMark
from monitor.store.marks import DEMO

if TYPE_CHECKING:
    from monitor.store.sqlite import Store

LABEL_MARK = "demo.label"
LABEL = (
    "A synthetic month, made by 'walletwatch demo': nothing in it was measured. Samples every 5 s "
    "(15 s on battery saver) around the disconnects and in the last hour, else every 3 minutes, "
    "and in the first two weeks only near the disconnects."
)


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made."""

    story: Story
    disconnects: tuple[Disconnect, ...]
    """As the pipeline found them, controls included."""


def demo_settings() -> Settings:
    """Return the settings of the story: the defaults, with one control watched beside."""
    control = replace(DEFAULT_WALLETS[CONTROL], enabled=True)
    return Settings(wallets={**DEFAULT_WALLETS, CONTROL: control})


def make(store: Store, now_ms: EpochMs) -> Demo:
    """Fill an empty store with the month that ends at `now_ms`."""
    told = story(now_ms)
    store.set_meta(DEMO, "1")
    store.set_meta(LABEL_MARK, LABEL)
    for records in days(told):
        store.add_records(records)
    controls = frozenset({CONTROL})
    pipeline.evaluate(store, now_ms, controls, since_ms=told.since_ms)
    store.add_fix_mark(
        FixMark(told.fixed_ms, FixCode.REVIEW_SETTINGS, False, "power.battery_saver: false")
    )
    store.rollup(now_ms)
    return Demo(told, tuple(store.disconnects()))
