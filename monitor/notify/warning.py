"""Whether a warning about the network is due: pure, `now` is an argument.

An open Wi-Fi, or one that shows its own page first, earns one warning while a wallet is in use;
once for each network, for who is there every day knows it. The network's name is no part of the
words: whoever runs the network has chosen it, and could write anything into it.
"""

from collections.abc import Sequence

from monitor.model import Delivery, EpochMs, Notice, NoticeKind
from monitor.notify.interface import Translator

AGAIN_MS = 24 * 3_600_000
"""A warning that surely was not shown may be tried again a day later."""


def due_warning(
    network: str,
    is_open: bool,
    has_portal: bool,
    in_use: bool,
    stored: Sequence[Notice],
    now_ms: EpochMs,
    tr: Translator,
) -> Notice | None:
    """Return the warning that is due now, or None.

    Args:
        network: what tells this network from others; empty where nothing does, and then nothing
            is due, for it could not be said only once.
        is_open: the joined Wi-Fi has no encryption.
        has_portal: the network answers with its own page.
        in_use: a wallet is used at present.
        stored: every notice kept so far.
        now_ms: the present.
        tr: the user's language.
    """
    if not network or not in_use or not (is_open or has_portal):
        return None
    if any(_is_told(notice, network, now_ms) for notice in stored):
        return None
    title, text = _portal(tr) if has_portal else _open(tr)
    return Notice(NoticeKind.WARNING, now_ms, title, text, subject=network)


def _is_told(notice: Notice, network: str, now_ms: EpochMs) -> bool:
    if notice.kind is not NoticeKind.WARNING or notice.subject != network:
        return False
    was_missed = notice.delivery is Delivery.FAILED
    return not (was_missed and abs(now_ms - notice.created_at_ms) > AGAIN_MS)


def _open(tr: Translator) -> tuple[str, str]:
    return tr.text("You are on an open Wi-Fi"), tr.text(
        "It has no encryption, so others nearby might listen in or imitate it. The wallet's own "
        "connection is encrypted; for payments, mobile data or a Wi-Fi of your own is still the "
        "safer way."
    )


def _portal(tr: Translator) -> tuple[str, str]:
    return tr.text("This network shows its own page first"), tr.text(
        "Until that page is dealt with, the wallet may not get through. Such a page needs nothing "
        "of your bank: if it asks for bank details, close it. For payments, mobile data or a "
        "Wi-Fi of your own is safer."
    )
