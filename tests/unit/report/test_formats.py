"""The weekly report as people and programs read it."""

import json

import pytest

from monitor.locale import Translator, translator
from monitor.model import CauseCode, FixCode
from monitor.report import json_format, text
from monitor.report.amounts import duration
from monitor.report.summary import summarise
from tests.unit.report.films import WEEK, PlainWords, because, drop, facts

WORDS = PlainWords()


def busy_week() -> dict[str, str]:
    summary = summarise(
        facts(
            drop(1, "2026-11-12T08:00", 2),
            drop(2, "2026-11-18T08:03:11", 41 / 60),
            drop(3, "2026-11-19T21:00", None, confirmed=CauseCode.ISP),
            drop(4, "2026-11-19T21:00", 1, wallet="alipay"),
            diagnoses={2: because(CauseCode.GATEWAY, FixCode.CHECK_NETWORK)},
            observed=(WEEK.since_ms - 3_600_000, WEEK.until_ms - 72 * 3_600_000 + 60_000),
        )
    )
    return {"text": text.render(summary, WORDS), "json": json_format.render(summary, WORDS)}


def test_a_busy_week_in_text() -> None:
    assert busy_week()["text"] == (
        "Week 2026-W47, 2026-11-16 to 2026-11-22\n"
        "2 disconnects, 3 h 2 min lost; the week before: 1 disconnect, 2 min 0 s lost; "
        "observed 96.0 of 168 hours\n"
        "\n"
        "Causes\n"
        "    1   50 %  <network.isp> (3 h 1 min)\n"
        "    1   50 %  <network.gateway> (41 s)\n"
        "\n"
        "Disconnects\n"
        "  #2  2026-11-18 08:03:11  41 s  ICBC  <network.gateway> (90 %)\n"
        "  #3  2026-11-19 21:00:00  still down  ICBC  <network.isp> (confirmed by you)\n"
        "\n"
        "Controls, for comparison\n"
        "  Alipay: 1 disconnect, 1 min 0 s lost\n"
        "\n"
        "What would help most\n"
        "  <check_network>\n"
        "  Do check_network.\n"
        "  1 of 2 disconnects: <network.gateway>\n"
    )


def test_a_week_without_a_disconnect_takes_two_lines() -> None:
    assert text.render(summarise(facts()), WORDS) == (
        "Week 2026-W47, 2026-11-16 to 2026-11-22\nno disconnect; observed 168.0 of 168 hours\n"
    )


def test_a_week_that_was_not_watched_says_so() -> None:
    lines = text.render(summarise(facts(observed=None)), WORDS).splitlines()
    assert lines[1:] == ["Nothing was observed in this week."]


def test_a_busy_week_in_json_has_the_public_fields() -> None:
    document = json.loads(busy_week()["json"])
    assert list(document) == [
        "week",
        "span",
        "observed_s",
        "disconnects",
        "causes",
        "action",
        "factors",
        "fix_checks",
        "wallets",
        "heatmap",
        "incidents",
        "method",
    ]
    assert document["span"] == {
        "start": "2026-11-16T00:00:00+00:00",
        "end": "2026-11-23T00:00:00+00:00",
        "zone": "UTC",
    }
    assert document["disconnects"] == {
        "count": 2,
        "lost_s": 10901.0,
        "longest_s": 10860.0,
        "previous": {"count": 1, "lost_s": 120.0, "longest_s": 120.0},
    }
    assert document["causes"][1] == {
        "code": "network.gateway",
        "count": 1,
        "lost_s": 41.0,
        "share": 0.5,
    }
    assert document["action"]["fix"] == "check_network"
    assert document["incidents"][0]["started_at"] == "2026-11-18T08:03:11.000Z"
    assert document["incidents"][1]["ended_at"] is None


def test_an_empty_week_in_json_has_nulls_not_zeros() -> None:
    document = json.loads(json_format.render(summarise(facts(observed=None)), WORDS))
    assert document["observed_s"] == 0
    assert document["disconnects"]["longest_s"] is None
    assert document["disconnects"]["previous"] is None
    assert document["action"] is None


@pytest.fixture
def english() -> Translator:
    return translator("en")


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (420, "0.4 s"),
        (9_960, "10.0 s"),
        (41_200, "41 s"),
        (59_600, "1 min 0 s"),
        (185_000, "3 min 5 s"),
        (3_599_600, "1 h 0 min"),
        (86_400_000, "1 d 0 h"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_a_duration_is_told_in_two_units(english: Translator, ms: int, shown: str) -> None:
    assert duration(ms, english) == shown
