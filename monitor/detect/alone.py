"""One host's silence told from loss on the way to all: were the others heard meanwhile?"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from monitor.detect import thresholds as limit
from monitor.detect.marks import Mark
from monitor.model import EpochMs, Target


def without_silent_hosts(marks: Sequence[Mark]) -> list[Mark]:
    """Return the leg's own marks without the runs of losses that are one host's own silence.

    How likely a run was by the loss of the others says whose it is: with a clean way beside it
    three in a row are the host's own, at 50 % loss each way a dozen say nothing.
    """
    way = _Way(marks)
    silent: set[int] = set()
    for run in _runs(marks):
        if len(run) >= limit.DEAD_LOST_COUNT and way.is_silence(run):
            silent.update(run)
    return [m for i, m in enumerate(marks) if m.target is not None and i not in silent]


def _runs(marks: Sequence[Mark]) -> list[list[int]]:
    """Return the indexes of each host's losses in a row."""
    done: list[list[int]] = []
    open_runs: dict[Target, list[int]] = {}
    for index, mark in enumerate(marks):
        if mark.target is None:
            continue
        if mark.is_lost:
            open_runs.setdefault(mark.target, []).append(index)
        elif mark.target in open_runs:
            done.append(open_runs.pop(mark.target))
    return [*done, *open_runs.values()]


class _Way:
    """What all hosts of a leg, and those beyond it, showed: the background of a silence."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._marks = marks
        self._times = [mark.at_ms for mark in marks]

    def is_silence(self, run: Sequence[int]) -> bool:
        """Tell whether the loss of the others cannot have brought this run of losses.

        Only others that were heard during the run are asked: one that is silent itself says
        nothing of the way. None heard: the way may be dead.
        """
        first_ms, last_ms = self._times[run[0]], self._times[run[-1]]
        own = self._marks[run[0]].target
        inside = self._between(first_ms, last_ms)
        heard = {mark.source for mark in inside if not mark.is_lost and mark.source != own}
        around = self._between(first_ms - limit.LOSSY_WINDOW_MS, last_ms + limit.LOSSY_WINDOW_MS)
        others = [mark for mark in around if mark.source in heard]
        if not others:
            return False
        lost_count = sum(mark.is_lost for mark in others)
        # One loss more than was seen: few samples without a loss are no proof of a clean way.
        ratio = (lost_count + 1) / (len(others) + 1)
        return ratio ** len(run) * len(around) <= limit.DEAD_BY_CHANCE

    def _between(self, first_ms: EpochMs, last_ms: EpochMs) -> Sequence[Mark]:
        start, end = bisect_left(self._times, first_ms), bisect_right(self._times, last_ms)
        return self._marks[start:end]
