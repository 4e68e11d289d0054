"""Sleep, a set clock and a stopped process are told apart by three clocks."""

import pytest

from monitor.daemon.watch import Clocks, gap_between
from monitor.model import Gap, GapWhy

BEFORE = Clocks(1_000_000, 5_000.0, 9_000.0)


def after(wall_ms: int, monotonic_ms: float, boot_ms: float) -> Clocks:
    return Clocks(
        BEFORE.wall_ms + wall_ms, BEFORE.monotonic_ms + monotonic_ms, BEFORE.boot_ms + boot_ms
    )


@pytest.mark.parametrize(
    ("later", "gap"),
    [
        pytest.param(after(1_000, 1_000, 1_000), None, id="an ordinary second"),
        pytest.param(after(1_900, 1_900, 1_900), None, id="a busy machine"),
        pytest.param(after(1_400, 1_000, 1_000), None, id="a slewed clock"),
        pytest.param(
            after(600_000, 1_000, 600_000),
            Gap(1_000_000, 1_600_000, GapWhy.SLEEP),
            id="ten minutes asleep",
        ),
        pytest.param(
            after(3_601_000, 1_000, 1_000),
            Gap(1_000_000, 4_601_000, GapWhy.CLOCK),
            id="set forward an hour",
        ),
        pytest.param(
            after(-899_000, 1_000, 1_000),
            Gap(101_000, 101_000, GapWhy.CLOCK),
            id="set back a quarter of an hour",
        ),
        pytest.param(
            after(60_000, 60_000, 60_000),
            Gap(1_000_000, 1_060_000, GapWhy.STOPPED),
            id="a process that was stopped",
        ),
    ],
)
def test_what_the_clocks_show(later: Clocks, gap: Gap | None) -> None:
    assert gap_between(BEFORE, later) == gap
