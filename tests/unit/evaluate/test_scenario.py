"""Scenario files: what is refused, with which words, and what the dice may change."""

import pytest

from monitor.model import CauseCode, Sample, SessionChange
from tests.evaluate.amount import ScenarioError
from tests.evaluate.compose import compose
from tests.evaluate.scenario import parse

GOOD = """
title = "the router dies"
[draw]
t = [900, 1200]
[[trouble]]
on = "everything"
from = "t"
until = "t + 60"
[[session]]
lost = "t + 2"
back = "t + 61"
how = "timeout"
[[truth]]
cause = "network.gateway"
start = "t"
end = "t + 61"
"""


def test_the_same_seed_tells_the_same_story_and_another_one_another() -> None:
    scenario = parse("router", GOOD)
    assert compose(scenario, 1).records == compose(scenario, 1).records
    assert compose(scenario, 1).records != compose(scenario, 2).records


def test_a_story_holds_what_its_file_says() -> None:
    story = compose(parse("router", GOOD), 3)
    [happened] = story.happened
    assert happened.cause is CauseCode.GATEWAY
    assert happened.end_ms == happened.start_ms + 61_000
    drops = [r for r in story.records if isinstance(r, SessionChange) and r.how]
    assert [drop.at_ms for drop in drops] == [happened.start_ms + 2000]
    inside = [
        r.is_lost
        for r in story.records
        if isinstance(r, Sample) and happened.start_ms <= r.at_ms < happened.start_ms + 60_000
    ]
    assert len(inside) > 100
    assert all(inside)
    times = [record.at_ms for record in story.records]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("network.gateway", "network.router"), "'network.router' is none of"),
        (GOOD.replace('how = "timeout"', 'how = "tired"'), "session.how: 'tired' is none of"),
        (GOOD + "strength = 3", "truth: 'strength' is not known; allowed: also, cause"),
        (GOOD.replace('title = "the router dies"', ""), "it needs a title"),
        (GOOD.partition("[[truth]]")[0], "write [[truth]] for each disconnect, or nothing = true"),
        ("title = 3 = 4", "Expected newline"),
        (GOOD + '[history]\ndays = 3\nword = "maybe"', "history.word: 'maybe' is none of"),
        ('title = "x"\nnothing = true\ninclude = "a.jsonl"', "no recorded trace 'a.jsonl'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_place(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        parse("router", text)
    assert str(refused.value).startswith("router: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"t + 2"', '"u + 2"'), "session.lost: 'u + 2'"),
        (GOOD.replace('"t + 2"', '"__import__(1)"'), "only names, numbers"),
        (GOOD.replace('"everything"', '"the moon"'), "nothing is called 'the moon'"),
        (GOOD.replace("[900, 1200]", "[1200, 900]"), "draw.t: write [low, high]"),
    ],
)
def test_an_amount_that_cannot_be_worked_out_is_refused(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        compose(parse("router", text), 1)
    assert said in str(refused.value)
