"""The trial on invented weeks, small: it runs, it is repeatable, and it says what it found."""

from random import Random

from tests.evaluate.correlation import null_trial, ratio_trial, section
from tests.evaluate.invented_weeks import null_week, saver_week


def test_a_seed_gives_the_same_week() -> None:
    assert null_week(Random("3/1")) == null_week(Random("3/1"))
    assert saver_week(Random("3/1"), 4.0) != saver_week(Random("3/2"), 4.0)


def test_the_section_tells_counts_and_the_seed() -> None:
    null, ratio = null_trial(10, 3), ratio_trial(10, 3)
    text = section(null, ratio, 3)
    assert "seed 3" in text
    assert f"{null.small_p_count} of {null.test_count}" in text
    assert f"{ratio.covered_count} of {ratio.interval_count}" in text
    assert null.test_count > 100
