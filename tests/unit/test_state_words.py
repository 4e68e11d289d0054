"""A ratio is told as a percentage, in the same way wherever a person reads it."""

from monitor.daemon import live
from monitor.locale import translator
from monitor.model import StateChange
from monitor.phrases import ReportWords, state_value
from monitor.web.words import shown_value

EN = translator("en")
KEY = "memory.available_ratio"


def test_free_memory_reads_the_same_everywhere() -> None:
    told = {
        state_value(KEY, 0.412, EN),  # status, check, explain
        shown_value(KEY, 0.412, EN),  # the live page
        live._value(KEY, 0.412, EN),  # run, on a terminal
        ReportWords(EN).state_text(StateChange(0, KEY, 0.412)).removeprefix("memory free: "),
    }
    assert told == {"41 %"}


def test_other_states_read_as_before() -> None:
    assert state_value("wifi.signal_dbm", -58.0, EN) == "-58"
    assert state_value("link.up", True, EN) == "yes"
    assert state_value(KEY, None, EN) == shown_value(KEY, None, EN) == "not known"
    assert shown_value("power.battery_saver", True, EN) == "on"
