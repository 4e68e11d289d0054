"""The live page's present."""

from monitor.config.settings import Settings
from monitor.locale import translator
from monitor.model import Outcome, ProbeKind, Role, Sample, SessionChange, SessionState, Target
from monitor.store.interface import Run
from monitor.web.now import Seen, part

NOW_MS = 1_790_000_000_000


def asked(name: str, minutes_ago: int) -> Sample:
    target = Target(name, Role.GATEWAY, ProbeKind.ICMP)
    return Sample(NOW_MS - minutes_ago * 60_000, target, Outcome.REPLY, 1.0)


def test_the_live_page_shows_the_present_alone() -> None:
    seen = Seen(
        now_ms=NOW_MS,
        is_running=False,
        run=Run(1, NOW_MS, NOW_MS, NOW_MS, 1, "test"),
        alive_ms=NOW_MS,
        samples=(asked("here", 0), asked("removed", 16)),
        sessions=(SessionChange(NOW_MS - 1000, "gone", SessionState.DOWN),),
        states={},
        open=(),
    )
    page = str(part(seen, Settings(), translator("en"), ""))
    assert "here" in page
    assert "removed" not in page and "gone" not in page
