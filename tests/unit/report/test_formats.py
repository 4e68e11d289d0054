"""The weekly report as people and programs read it."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest

from monitor.locale import Translator, translator
from monitor.model import CauseCode, FactorVerdict, FixCode
from monitor.phrases import ReportWords
from monitor.report import csv_format, json_format, markdown, text
from monitor.report.amounts import duration
from monitor.report.interface import WeekSummary, Words
from monitor.report.registry import FORMATS
from monitor.report.summary import summarise
from monitor.wrap import width
from tests.unit.report.films import (
    HOUR_MS,
    WEEK,
    PlainWords,
    because,
    drop,
    factor,
    facts,
    full_week,
)

Render = Callable[[WeekSummary, Words], str]

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
    assert busy_week()["text"].startswith(
        "Week 2026-W47, 2026-11-16 to 2026-11-22\n"
        "2 disconnects, 3 h 2 min lost; observed 96.0 of 168 hours; 1 h the week before:\n"
        "not compared\n"
        "\n"
        "Most often\n"
        "  - <network.isp>: 1 of 2, 3 h 1 min lost\n"
        "\n"
        "What would help most\n"
        "  <check_network>\n"
        "    1 of 2 disconnects: <network.gateway>.\n"
        "    Do check_network.\n"
    )


@pytest.mark.parametrize("name", ["text", "md"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_full_week_reads_as_it_was_read_by_eye(name: str, language: str) -> None:
    written = FORMATS[name](summarise(full_week()), ReportWords(translator(language)))
    golden = Path(__file__).parent / "golden" / f"week.{language}.{name}"
    assert written == golden.read_text(encoding="utf-8")


def test_a_week_without_a_disconnect_takes_two_lines() -> None:
    quiet = facts(observed=(WEEK.since_ms - 40 * HOUR_MS, WEEK.until_ms))
    assert text.render(summarise(quiet), WORDS) == (
        "Week 2026-W47, 2026-11-16 to 2026-11-22\n"
        "no disconnect; observed 168.0 of 168 hours; 40 h the week before: not compared\n"
    )


def test_a_demo_is_marked_even_in_a_quiet_week() -> None:
    demo = summarise(replace(facts(), is_demo=True))
    assert text.render(demo, WORDS).startswith("DEMO")
    assert "**DEMO" in markdown.render(demo, WORDS)
    assert json.loads(json_format.render(demo, WORDS))["is_demo"] is True


def test_a_week_that_was_not_watched_says_so() -> None:
    lines = text.render(summarise(facts(observed=None)), WORDS).splitlines()
    assert lines[1:] == ["Nothing was observed in this week."]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_keeps_to_eighty_columns_in_both_languages(language: str) -> None:
    summary = summarise(full_week(HOSTILE, "工" * 60))
    written = text.render(summary, ReportWords(translator(language)))
    assert max(width(line) for line in written.splitlines()) <= 80


HOSTILE = "</script>|`x`\n# \U0001f600 \u202e*b* [a](http://x) \x1b[2J \ud800"


def hostile() -> WeekSummary:
    summary = summarise(full_week(HOSTILE, HOSTILE))
    return replace(summary, incidents=summary.incidents[:1])


@pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())
def test_a_strangers_name_commands_nothing(render: Render) -> None:
    written = render(hostile(), ReportWords(translator("en")))
    written.encode()
    assert not {"\x1b", "\u202e", "\ud800"} & set(written)


def test_a_strangers_name_is_no_markdown() -> None:
    written = markdown.render(hostile(), ReportWords(translator("en")))
    assert "<" not in written
    assert "http://" not in written
    tables = [line for line in written.splitlines() if line.startswith("| &lt;")]
    assert len(tables) == 1
    assert len(tables[0].replace("\\|", "").split("|")) == 4
    assert "\\`x\\` \\# \U0001f600" in tables[0]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("1. home", "1\\. home"),
        ("- home", "\\- home"),
        ("=== home", "\\=== home"),
        ("www.a.example", "www&#46;a.example"),
        ("a@b.example", "a&#64;b.example"),
        ("AT&amp;T", "AT&amp;amp;T"),
        ("home-2.4", "home-2.4"),
    ],
)
def test_a_name_is_shown_in_markdown_as_it_is(name: str, shown: str) -> None:
    assert markdown.escaped(name) == shown


def test_a_full_week_in_csv_is_read_back() -> None:
    written = csv_format.render(summarise(full_week(title='=1+1, "x"')), WORDS)
    assert written.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert len(rows) == 7
    assert rows[0]["wallet_title"] == '\'=1+1, "x"'
    assert rows[0]["cause"] == "settings.battery_saver"
    assert rows[0]["evidence"] == "saver.was_on"
    assert rows[0]["runner_up"] == "device.sleep"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    written = csv_format.render(summarise(full_week(title=start + "x")), WORDS)
    row = next(csv.DictReader(io.StringIO(written, newline="")))
    assert row["wallet_title"].startswith("'")


def test_a_full_week_in_json_leaves_no_field_empty() -> None:
    document = json.loads(json_format.render(summarise(full_week()), WORDS))
    assert all(document.values())
    assert len(document["heatmap"]) == 168
    assert document["factors"][0]["verdict"] == "raises"
    assert document["fix_checks"][0]["verdict"] == "no_change"
    assert document["incidents"][0]["runner_up"] == {"code": "device.sleep", "confidence": 0.4}
    assert document["incidents"][0]["findings"][0]["evidence"][1]["code"] == "saver.was_on"
    assert document["method"]["own_cost"]["rss_mib"] == 44.0


def test_infinity_and_nan_are_null_in_json() -> None:
    odd = replace(factor("cpu.busy", FactorVerdict.RAISES), ci_high=inf, rate_ratio=nan)
    summary = summarise(replace(full_week(), factors=(odd,)))
    told = json.loads(json_format.render(summary, WORDS), parse_constant=pytest.fail)["factors"][0]
    assert (told["ci_high"], told["rate_ratio"]) == (None, None)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_the_user_ruled_out_is_told_so_in_every_format(language: str) -> None:
    told = replace(drop(1, "2026-11-18T08:00", 1), denied=CauseCode.GATEWAY)
    week = summarise(facts(told, diagnoses={1: because(CauseCode.GATEWAY)}))
    words = ReportWords(translator(language))
    cause = words.cause_title(CauseCode.GATEWAY)
    said = words.text("you say it was not: {cause}").format(cause=cause)
    assert (language == "en") == said.startswith("you say")
    shown = {name: render(week, words) for name, render in FORMATS.items()}
    for name in ("text", "md", "html"):
        assert "".join(said.split()) in "".join(shown[name].split()), name
    assert json.loads(shown["json"])["incidents"][0]["denied"] == "network.gateway"
    (row,) = csv.DictReader(io.StringIO(shown["csv"]))
    assert (row["denied"], row["cause"], row["confidence"]) == (
        "network.gateway",
        "unexplained",
        "",
    )


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
        "is_demo",
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
