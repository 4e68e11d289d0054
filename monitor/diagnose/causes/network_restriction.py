"""A network-management setting blocked the app: data saver, a per-app restriction."""

import re

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_, SUPPORT, Cause, Ground, found
from monitor.diagnose.evidence import path
from monitor.diagnose.exposure import is_block
from monitor.diagnose.observed import held
from monitor.diagnose.weighing import weigh
from monitor.model import Case, CauseCode, Evidence, Finding, FixCode

WORDS = frozenset(
    {
        "DATA_SAVER",
        "USER_RESTRICTED",
        "RESTRICTED_MODE",
        "NETWORK_RESTRICTED",
        "ADMIN_DISABLED",
        "LOCKDOWN_VPN",
    }
)
"""Android's own words for a block by a network setting (ConnectivityManager.BLOCKED_REASON_*)."""


def judge(case: Case) -> Finding | None:
    """The system's own word is direct evidence; nothing else is taken for it."""
    blocked = blocking(case, WORDS)
    if blocked is None:
        return None
    ground, ratio, told = blocked
    return found(CauseCode.NETWORK_RESTRICTION, ground, ratio, *told, *path(case, None))


def blocking(case: Case, words: frozenset[str]) -> tuple[Ground, float, list[Evidence]] | None:
    """Return what a block of the app with one of these reasons says; None where there was none.

    A block that had held for minutes beside a standing session does not cut by itself.
    """
    state = held(case, "app.blocked_by", is_block)
    if state is None or not words & set(re.split(r"[^A-Z_]+", str(state.value).upper())):
        return None
    evidence = Evidence("app.blocked", True, {"blocked_by": state.value})
    age_ms = case.disconnect.started_at_ms - state.since_ms
    if age_ms > limit.BLOCK_OLD_MS:
        weight = weigh(case, "app.blocked_by", state, 0.5, is_aging=False)
        return weight.ground, weight.ratio, [evidence, *weight.evidence]
    return Ground.DIRECT, 0.95, [evidence]


CAUSE = Cause(
    code=CauseCode.NETWORK_RESTRICTION,
    title=N_("A network setting restricts the app"),
    summary=N_("A system setting held back the app's network access ({blocked_by})."),
    text=N_(
        "Data saver, a limit on background data, or a rule for this one app can keep it from "
        "the network while everything else works. Here the system itself named such a "
        "restriction. A connection that may send nothing is given up after a while."
    ),
    judge=judge,
    fixes=(FixCode.REVIEW_SETTINGS, *SUPPORT),
    hidden_by=(CauseCode.SLEEP, CauseCode.LINK_DOWN),
)
