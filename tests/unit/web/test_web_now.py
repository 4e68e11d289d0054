"""The live page's present."""

from monitor.config.settings import Settings
from monitor.locale import translator
from monitor.model import Outcome, ProbeKind, Role, Sample, SessionChange, SessionState, Target
from monitor.present import Present
from monitor.store.interface import Run
from monitor.web.now import part

NOW_MS = 1_790_000_000_000


def asked(name: str, minutes_ago: int) -> Sample:
    target = Target(name, Role.GATEWAY, ProbeKind.ICMP)
    return Sample(NOW_MS - minutes_ago * 60_000, target, Outcome.REPLY, 1.0)


def test_the_live_page_tells_who_watches_and_how_old_an_answer_is() -> None:
    seen = Present(
        now_ms=NOW_MS,
        is_running=True,
        run=Run(1, NOW_MS - 60_000, NOW_MS, None, 77, "test"),
        alive_ms=NOW_MS,
        samples=(asked("here", 0), asked("there", 16)),
        sessions=(SessionChange(NOW_MS - 1000, "icbc", SessionState.DOWN),),
        unconnected=("alipay",),
        states={},
        open=(),
    )
    page = str(part(seen, Settings(), translator("en"), ""))
    assert "process 77" in page and "connection lost" in page
    assert "no connection so far" in page and "支付宝" in page
    assert page.count("(16 min ago)") == page.count(" ago)") == 1
