"""The page tells what was run, what is met, and every wrong answer."""

from monitor.model import CauseCode
from tests.evaluate.judged import Judged
from tests.evaluate.page import Run, markdown


def page(rows: list[Judged], healthy: list[Judged]) -> str:
    run = Run("2026-11-23", 42, 3, "0.1", "1", 2, 99, rows, [], healthy, ["the lab (no root)"])
    return markdown(run)


def test_a_wrong_answer_stands_on_the_page_with_its_scenario_and_seed() -> None:
    rows = [
        Judged("dead router #42", "scenario", CauseCode.GATEWAY, CauseCode.ISP, 0.9),
        Judged("dead isp #42", "scenario", CauseCode.ISP, CauseCode.ISP, 0.9),
    ]
    text = page(rows, [])
    line = "| scenario | dead router #42 | `network.gateway` | `network.isp` | 0.900 |  |"
    assert line in text
    assert "1 of 2." in text
    assert "`--seed 42` repeats it" in text
    assert "Not run: the lab (no root)" in text
    assert "network.isp: precision 0.500 >= 0.98 | **not met**" in text


def test_a_false_alarm_on_a_healthy_day_stands_on_the_page() -> None:
    text = page([], [Judged("healthy day 3 #42", "healthy", None, CauseCode.DNS, 0.6)])
    assert "| healthy | healthy day 3 #42 | no disconnect | `network.dns` | 0.600 |  |" in text
    assert "false alarms in 1 healthy days: 1 | **not met**" in text
