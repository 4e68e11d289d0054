"""A public network's own page answered in place of the internet."""

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, Cause, Ground, found
from monitor.diagnose.evidence import ended, path
from monitor.diagnose.observed import Span, end_ms
from monitor.model import (
    Case,
    CauseCode,
    Condition,
    EpochMs,
    Evidence,
    Finding,
    FixCode,
    How,
    Leg,
    Outcome,
)


def judge(case: Case) -> Finding | None:
    """The page that tells a portal answered wrongly during the outage.

    It is asked only now and then, so it may be noticed late. One that has answered wrongly for
    long beside a standing session did not end it.
    """
    since_ms = _portal_since_ms(case)
    if since_ms is None:
        return None
    start = case.disconnect.started_at_ms
    before_s = round((start - since_ms) / 1000, 1)
    if before_s * 1000 > limit.PORTAL_OLD_MS:
        old = Evidence("portal.old", False, {"before_s": before_s})
        return found(
            CauseCode.CAPTIVE_PORTAL, Ground.INFERENCE, 0.35, Evidence("portal.page", True), old
        )
    is_odd = case.disconnect.how in (How.RESET, How.CLOSED, How.CRASH, How.KILLED)
    return found(
        CauseCode.CAPTIVE_PORTAL,
        Ground.DIRECT,
        0.8 if is_odd else 0.95,
        Evidence("portal.page", True),
        ended(case, supports=not is_odd),
        *(
            item
            for item in path(case, Leg.INTERNET)
            if item.code in ("link.up", "gateway.answered")
        ),
    )


def _portal_since_ms(case: Case) -> EpochMs | None:
    """Return since when the portal's page was seen, if it was there during the outage."""
    start = case.disconnect.started_at_ms
    span = Span(
        start - limit.ONSET_BEFORE_MS,
        max(start + limit.ONSET_AFTER_MS, min(end_ms(case), start + limit.PORTAL_EVERY_MS)),
    )
    episodes = [
        episode.started_at_ms
        for episode in case.episodes
        if episode.leg is Leg.PORTAL
        and episode.condition is Condition.WRONG
        and episode.overlaps(span.since_ms, span.until_ms)
    ]
    pages = [
        sample.at_ms
        for sample in case.samples
        if sample.outcome is Outcome.PORTAL and span.holds(sample.at_ms)
    ]
    return min([*episodes, *pages], default=None)


CAUSE = Cause(
    code=CauseCode.CAPTIVE_PORTAL,
    title=N_("This network shows its own page first"),
    summary=N_("This network shows its own page first and lets nothing else through until then."),
    text=N_(
        "Hotels, stations and cafés often have a page of their own that has to be accepted "
        "before their network lets traffic through. It is seen when a harmless test page is "
        "asked for and another one comes back. Until it is accepted, and again when the time "
        "there has run out, the wallet cannot get through."
    ),
    judge=judge,
    fixes=(FixCode.CHECK_NETWORK, FixCode.SAFE_CHANNELS, FixCode.READ_FAQ, FixCode.CONTACT_BANK),
    hidden_by=(CauseCode.SLEEP, CauseCode.LINK_DOWN),
    evidence_texts={
        "portal.page": N_("Another page answered in place of the one that was asked for."),
        "portal.old": N_(
            "That page had answered for {before_s} s already while the wallet stayed connected."
        ),
    },
)
