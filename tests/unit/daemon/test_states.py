"""Which states are news, and which hold for one closer look only."""

from monitor.clock import SystemClock
from monitor.daemon.states import States
from monitor.model import StateChange


def states(told: list[tuple[str, object]]) -> States:
    def tell(change: StateChange) -> None:
        told.append((change.key, change.value))

    return States(SystemClock(), tell, lambda _: None)


def test_what_an_earlier_look_found_is_news_again_in_the_next() -> None:
    told: list[tuple[str, object]] = []
    kept = states(told)
    found = {"path.first_dead_hop": 2, "tcp.icbc.unacked_count": 1, "link.up": True}
    for _ in range(2):
        kept.take(found)
        kept.take(found)
        kept.forget_passing()
    assert told == [*found.items(), *list(found.items())[:2]]


def test_after_a_gap_what_a_look_found_is_not_told_as_if_it_still_held() -> None:
    told: list[tuple[str, object]] = []
    kept = states(told)
    kept.take({"path.first_dead_hop": 2, "tcp.icbc.unacked_count": 1, "link.up": True})
    told.clear()
    kept.announce()
    assert told == [("link.up", True)]
