"""What follows when a button is pressed: the evidence, the question, the thanks; pure.

None of these texts asks for anything but a press of a button, and none carries a link.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.model import CauseCode, Diagnosis, EpochMs, Family, Notice, NoticeKind
from monitor.notify.interface import CAUSE_PREFIX, WHY, WRONG, Button, Translator

MOST_EVIDENCE = 3
"""Observations that a notice has room for; `explain` shows all."""

MOST_CHOICES = 3
"""Buttons that every desktop shows side by side."""

PLAINEST = (
    (Family.NETWORK, CauseCode.ISP),
    (Family.ACCOUNT, CauseCode.BANK_UNREACHABLE),
    (Family.SETTINGS, CauseCode.BATTERY_SAVER),
    (Family.APP, CauseCode.APP_FAULT),
    (Family.PERFORMANCE, CauseCode.PERFORMANCE),
)
"""For each family the cause that a person can tell without tools, the commonest family first."""

BUTTONS_FOR = frozenset({NoticeKind.LOST, NoticeKind.RESTORED})


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why it happened, in the user's language."""

    wallet: str
    """The wallet's title."""
    summary: str
    """The cause in one sentence; empty where there is none to tell."""
    evidence: Sequence[str] = ()
    """What speaks for it, the weightiest first."""
    runner_up: str = ""
    """The next best cause's title; empty where nothing else speaks."""


def why_notice(
    number: int, cause: CauseCode | None, reasons: Reasons, now_ms: EpochMs, tr: Translator
) -> Notice:
    """Return the evidence for what was told of a disconnect."""
    lines = [reasons.summary or tr.text("Nothing that was measured explains it.")]
    lines += [tr.text("· {evidence}").format(evidence=e) for e in reasons.evidence[:MOST_EVIDENCE]]
    if reasons.runner_up:
        lines.append(tr.text("Less likely: {cause}").format(cause=reasons.runner_up))
    lines.append(tr.text("All of it: walletwatch explain {number}").format(number=number))
    title = tr.text("{wallet}: why it disconnected").format(wallet=reasons.wallet)
    return Notice(NoticeKind.WHY, now_ms, title, "\n".join(lines), number, cause=cause)


def ask_notice(
    number: int, wallet: str, choices: Sequence[CauseCode], now_ms: EpochMs, tr: Translator
) -> Notice:
    """Return the question what it was, then; its choices stand in the notice's subject."""
    body = tr.text("Your answer stays on this computer and makes the next verdict better.")
    return Notice(
        NoticeKind.ASK,
        now_ms,
        tr.text("{wallet}: what was it, then?").format(wallet=wallet),
        body,
        number,
        subject=" ".join(choices),
    )


def thanks_notice(number: int, truth_title: str, now_ms: EpochMs, tr: Translator) -> Notice:
    """Return the thanks for an answer."""
    body = tr.text("Noted for disconnect {number}: {cause}.").format(
        number=number, cause=truth_title
    )
    return Notice(NoticeKind.ASK, now_ms, tr.text("Thank you"), body, number)


def choices_beside(told: CauseCode, diagnosis: Diagnosis | None) -> tuple[CauseCode, ...]:
    """Return what it may have been instead: the runner-up, then the plainest of other families."""
    found: list[CauseCode] = []
    runner_up = diagnosis.runner_up if diagnosis is not None else None
    if runner_up is not None and runner_up.cause not in (
        told,
        CauseCode.UNEXPLAINED,
        CauseCode.SLEEP,
    ):
        found.append(runner_up.cause)
    families = {told.family, *(cause.family for cause in found)}
    found += [cause for family, cause in PLAINEST if family not in families]
    return tuple(found[:MOST_CHOICES])


def buttons_of(
    notice: Notice, cause_title: Callable[[CauseCode], str], tr: Translator
) -> tuple[Button, ...]:
    """Return the buttons that a notice has, where the desktop can show any."""
    if notice.disconnect_id is None:
        return ()
    why = Button(WHY, tr.text("Why?"))
    wrong = (Button(WRONG, tr.text("That's wrong")),) if notice.cause is not None else ()
    if notice.kind in BUTTONS_FOR:
        return (why, *wrong)
    if notice.kind is NoticeKind.WHY:
        return wrong
    if notice.kind is NoticeKind.ASK:
        codes = [CauseCode(code) for code in notice.subject.split()]
        return tuple(Button(CAUSE_PREFIX + code, cause_title(code)) for code in codes)
    return ()
