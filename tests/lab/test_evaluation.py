"""How the lab's answers are judged, on runs that are written down here; no world is built."""

import threading
from collections.abc import Iterable

import pytest

from monitor.model import CauseCode
from tests.lab.daemon import Stopped
from tests.lab.evaluation import carry_out_all, draw, result_of
from tests.lab.faults.fault import HEALTHY
from tests.lab.instant import Instant
from tests.lab.namespaces import LabError
from tests.lab.runs import Observation
from tests.lab.stories import STORIES, Story
from tests.lab.world import World

BEGAN = Instant(1_800_000_000_000, 5_000.0)
ENDED = Instant(BEGAN.wall_ms + 15_000, BEGAN.monotonic_ms + 15_000)
GATEWAY = Story("dead", lambda _: HEALTHY, CauseCode.GATEWAY, frozenset({CauseCode.ISP}))
NOTHING = Story("nothing", lambda _: HEALTHY, None)


def _line(number: int, code: str, started_at: str, ended_at: str | None) -> dict[str, object]:
    return {
        "id": number,
        "started_at": started_at,
        "ended_at": ended_at,
        "cause": {"code": code, "confidence": 0.8},
        "runner_up": {"code": "network.dns", "confidence": 0.1},
    }


DURING = _line(1, "network.gateway", "2027-01-15T08:00:00.500Z", "2027-01-15T08:00:14.000Z")
LATER = _line(2, "bank.closed", "2027-01-15T08:00:30.000Z", None)


def _seen(lines: Iterable[dict[str, object]], log: str = "ready") -> Observation:
    disconnects = tuple(lines)
    first_seen = {1: Instant(BEGAN.wall_ms + 4_000, BEGAN.monotonic_ms + 4_000)}
    return Observation(BEGAN, ENDED, disconnects, first_seen, Stopped(0, 0.1), log, ())


def _rows(story: Story, *lines: dict[str, object]) -> list[tuple[CauseCode | None, ...]]:
    result = result_of(draw(story, 1, 0), _seen(lines))
    return [(row.truth, row.told) for row in result.judged]


def test_an_answer_carries_its_errors() -> None:
    [row] = result_of(draw(GATEWAY, 1, 0), _seen([DURING])).judged
    assert row.is_right
    assert (row.delay_s, row.start_error_s, row.end_error_s) == (4.0, 0.5, -1.0)
    assert (row.confidence_ratio, row.runner_up) == (0.8, CauseCode.DNS)


def test_a_fault_that_was_not_noticed_is_a_wrong_answer() -> None:
    assert _rows(GATEWAY) == [(CauseCode.GATEWAY, None)]


def test_a_disconnect_besides_is_a_false_alarm() -> None:
    assert _rows(GATEWAY, DURING, LATER) == [
        (CauseCode.GATEWAY, CauseCode.GATEWAY),
        (None, CauseCode.BANK_CLOSED),
    ]


def test_a_disconnect_long_after_the_fault_does_not_answer_it() -> None:
    assert _rows(GATEWAY, LATER) == [
        (None, CauseCode.BANK_CLOSED),
        (CauseCode.GATEWAY, None),
    ]


def test_where_nothing_happened_nothing_is_right_and_all_else_is_wrong() -> None:
    assert _rows(NOTHING) == [(None, None)]
    assert _rows(NOTHING, DURING) == [(None, CauseCode.GATEWAY)]


def test_what_a_session_may_live_through_is_right_either_way() -> None:
    brief = Story("brief", lambda _: HEALTHY, CauseCode.GATEWAY, may_pass=True)
    assert _rows(brief) == [(None, None)]
    assert _rows(brief, DURING) == [(CauseCode.GATEWAY, CauseCode.GATEWAY)]


def test_a_daemon_that_breaks_is_a_failure_whatever_it_told() -> None:
    result = result_of(draw(GATEWAY, 1, 0), _seen([DURING], "Traceback (most recent"))
    assert result.failure
    assert not result.judged
    assert not result.is_right


def test_a_run_that_cannot_be_carried_out_is_told() -> None:
    tries = []

    def no_world() -> World:
        tries.append(threading.get_ident())
        raise LabError("no namespaces today")

    story = Story("nowhere", lambda _: HEALTHY, None, make_world=no_world)
    [result] = carry_out_all(1, 1, [story])
    assert "no namespaces today" in result.failure
    assert len(tries) == 2


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_same_numbers_draw_the_same_run(story: Story) -> None:
    first, again, other = draw(story, 7, 0), draw(story, 7, 0), draw(story, 7, 1)
    assert first.name == again.name
    assert first.course.settle_s == again.course.settle_s != other.course.settle_s
    assert story.hold_s[0] <= first.course.hold_s <= story.hold_s[1]


def test_every_fault_has_its_own_name() -> None:
    assert len({story.name for story in STORIES}) == len(STORIES) >= 34
