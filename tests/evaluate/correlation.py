"""How far the factors of the weekly report can be trusted: tried on weeks with a known truth.

python -m tests.evaluate.correlation --weeks 1000 [--seed N]
"""

import argparse
import secrets
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from random import Random

from monitor.correlate.engine import factors
from monitor.model import Factor, FactorVerdict
from tests.evaluate.invented_weeks import null_week, saver_week

PROCESSES = 2
TRUE_RATIO = 4.0
SAVER_KEY = "power.battery_saver"
MOST_SMALL_P = 0.06
MOST_RAISED_WEEKS = 0.05
LEAST_COVERED = 0.93
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class NullTrial:
    """What weeks said in which nothing had to do with anything."""

    week_count: int
    test_count: int
    small_p_count: int
    raised_week_count: int
    lowered_week_count: int
    small_p_by_key: dict[str, tuple[int, int]]
    """Key -> tests with p below 0.05, tests."""

    @property
    def holds(self) -> bool:
        """True where false alarms are as rare as promised."""
        return (
            self.small_p_count <= MOST_SMALL_P * self.test_count
            and self.raised_week_count <= MOST_RAISED_WEEKS * self.week_count
        )


@dataclass(frozen=True, slots=True)
class RatioTrial:
    """What weeks said in which drops were more frequent on battery saver."""

    week_count: int
    interval_count: int
    """Weeks with an interval at all."""
    covered_count: int
    small_p_count: int
    raised_count: int
    mean_incident_count: float
    other_raised_week_count: int
    """Weeks in which something else was told to raise them, low battery apart."""

    @property
    def holds(self) -> bool:
        """True where the interval contains the truth as often as promised."""
        return self.covered_count >= LEAST_COVERED * self.interval_count


def null_trial(week_count: int, seed: int) -> NullTrial:
    """Try weeks without any true factor."""
    tests = small = raised = lowered = 0
    by_key: dict[str, tuple[int, int]] = {}
    for found in _tried(_one_null, week_count, seed):
        for factor in found:
            if factor.p is not None:
                few, all_ = by_key.get(factor.key, (0, 0))
                by_key[factor.key] = (few + (factor.p < LEVEL), all_ + 1)
        tests += sum(factor.p is not None for factor in found)
        small += sum(factor.p is not None and factor.p < LEVEL for factor in found)
        raised += any(factor.verdict is FactorVerdict.RAISES for factor in found)
        lowered += any(factor.verdict is FactorVerdict.LOWERS for factor in found)
    return NullTrial(week_count, tests, small, raised, lowered, by_key)


def ratio_trial(week_count: int, seed: int, true_ratio: float = TRUE_RATIO) -> RatioTrial:
    """Try weeks in which battery saver makes drops `true_ratio` times as frequent."""
    intervals = covered = small = raised = incidents = others = 0
    for found in _tried(partial(_one_saver, true_ratio=true_ratio), week_count, seed):
        saver = next(factor for factor in found if factor.key == SAVER_KEY)
        incidents += saver.exposed_count + saver.unexposed_count
        if saver.ci_low is not None:
            intervals += 1
            covered += saver.ci_low <= true_ratio <= (saver.ci_high or float("inf"))
        small += saver.p is not None and saver.p < LEVEL
        raised += saver.verdict is FactorVerdict.RAISES
        others += any(
            factor.verdict is FactorVerdict.RAISES
            for factor in found
            if factor.key not in (SAVER_KEY, "battery.low")
        )
    return RatioTrial(
        week_count=week_count,
        interval_count=intervals,
        covered_count=covered,
        small_p_count=small,
        raised_count=raised,
        mean_incident_count=incidents / week_count,
        other_raised_week_count=others,
    )


def _tried(
    one: Callable[[str], tuple[Factor, ...]], week_count: int, seed: int
) -> Iterable[tuple[Factor, ...]]:
    with Pool(PROCESSES) as pool:
        yield from pool.imap(one, [f"{seed}/{n}" for n in range(week_count)], chunksize=10)


def _one_null(seed: str) -> tuple[Factor, ...]:
    return factors(null_week(Random(seed)))


def _one_saver(seed: str, true_ratio: float) -> tuple[Factor, ...]:
    return factors(saver_week(Random(seed), true_ratio))


def section(null: NullTrial, ratio: RatioTrial, seed: int) -> str:
    """Return the section on correlation for the evaluation, in Markdown."""
    return "\n".join(
        [
            "## Factors of the weekly report",
            "",
            f"Tried on invented weeks, seed {seed} "
            f"(`python -m tests.evaluate.correlation --weeks {null.week_count} --seed {seed}`): "
            "nights asleep, states that last for hours or a whole day, and drops in clusters, "
            "some of which outlast one incident.",
            "",
            "| what | found | promised |",
            "| --- | --- | --- |",
            f"| tests with p below {LEVEL} where nothing is true | "
            f"{_of(null.small_p_count, null.test_count)} | at most {MOST_SMALL_P:.0%} |",
            "| weeks with any `raises` where nothing is true | "
            f"{_of(null.raised_week_count, null.week_count)} | at most {MOST_RAISED_WEEKS:.0%} |",
            "| weeks with any `lowers` where nothing is true | "
            f"{_of(null.lowered_week_count, null.week_count)} | |",
            f"| 95 % intervals that contain a true ratio of {TRUE_RATIO:g} | "
            f"{_of(ratio.covered_count, ratio.interval_count)} | at least {LEAST_COVERED:.0%} |",
            f"| the true factor found, p below {LEVEL} | "
            f"{_of(ratio.small_p_count, ratio.week_count)} | |",
            "| the true factor told (`raises`, after the correction for all factors) | "
            f"{_of(ratio.raised_count, ratio.week_count)} | |",
            "| weeks in which something else is told beside it | "
            f"{_of(ratio.other_raised_week_count, ratio.week_count)} | |",
            "",
            f"The weeks with a true factor had {ratio.mean_incident_count:.1f} incidents on "
            "average. A true factor that is not told is told in a later week, or not at all: "
            "few incidents are weak evidence, and the report says so rather than guess.",
            "",
        ]
    )


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none"


def main() -> int:
    """Print the section; exit code 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description="try the factors of the report")
    parser.add_argument("--weeks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None, help="drawn anew where not given")
    wanted = parser.parse_args()
    seed = secrets.randbelow(2**31) if wanted.seed is None else wanted.seed
    sys.stderr.write(f"seed {seed}\n")
    null, ratio = null_trial(wanted.weeks, seed), ratio_trial(wanted.weeks, seed)
    sys.stdout.write(section(null, ratio, seed))
    for key, (few, all_) in sorted(null.small_p_by_key.items()):
        sys.stderr.write(f"{key}: {_of(few, all_)}\n")
    return 0 if null.holds and ratio.holds else 1


if __name__ == "__main__":
    sys.exit(main())
