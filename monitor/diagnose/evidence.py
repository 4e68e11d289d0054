"""Evidence that many causes share: what each leg showed, what the other wallets did, how it ended.

A leg nearer than the cause that answered rules itself out, and so speaks for the cause; a leg
beyond it that answered speaks against.
"""

from collections.abc import Mapping

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_
from monitor.diagnose.observed import (
    Health,
    dead,
    episodes_at_start,
    health,
    held,
    held_s,
    is_fresh,
    link_was_up,
    number,
    others,
    span_of,
    tally,
)
from monitor.model import Case, Condition, Episode, Evidence, Leg, StateValue

_WAY = (Leg.LINK, Leg.GATEWAY, Leg.INTERNET, Leg.DNS, Leg.CONTROL, Leg.WALLET)
"""The legs from the device to the wallet, as evidence speaks of them."""

_BESIDE = frozenset({Leg.DNS, Leg.CONTROL})
"""Legs that the wallet's own packets do not pass: their trouble rules nothing out."""


def path(case: Case, at: Leg | None) -> list[Evidence]:
    """Return what every leg says about a cause at leg `at`; None: a cause on the device itself."""
    place = len(_WAY) if at is None else _WAY.index(at)
    result = []
    for number_, leg in enumerate(_WAY):
        if leg is not at:
            result += _of_leg(case, leg, is_nearer=number_ < place)
    return result + _of_others(case, is_beyond=at not in (None, Leg.WALLET))


def _of_leg(case: Case, leg: Leg, *, is_nearer: bool) -> list[Evidence]:
    if leg is Leg.LINK:
        up = link_was_up(case)
        return [Evidence("link.up", is_nearer)] if up else []
    how = health(case, leg)
    if how is Health.ANSWERED:
        return [answered(case, leg, supports=is_nearer)]
    if not is_nearer or leg in _BESIDE:
        return []
    if how is Health.UNKNOWN:
        return [Evidence(f"{leg}.not_measured", False)]
    return [troubled(case, leg, supports=False)]


def _of_others(case: Case, *, is_beyond: bool) -> list[Evidence]:
    seen = others(case)
    return [
        *(Evidence("others.stood", not is_beyond, {"wallet": name}) for name in seen.stood),
        *(Evidence("others.fell", is_beyond, {"wallet": name}) for name in seen.fell),
    ]


def answered(case: Case, leg: Leg, *, supports: bool) -> Evidence:
    """Return how many probes of a leg were answered around the start."""
    counted = tally(case, leg)
    values = {
        "answered_count": counted.answered_count,
        "measured_count": counted.measured_count,
    }
    return Evidence(f"{leg}.answered", supports, values)


def troubled(case: Case, leg: Leg, *, supports: bool) -> Evidence:
    """Return what was wrong with a leg around the start: silent, lossy or slow."""
    episode = dead(case, leg)
    if episode is not None:
        return silent(case, episode, supports=supports)
    if health(case, leg) is Health.SLOW:
        episode = episodes_at_start(case, leg, Condition.SLOW)[0]
        return Evidence(f"{leg}.slow", supports, {"slow_s": _length_s(case, episode)})
    counted = tally(case, leg)
    ratio = counted.loss_ratio
    for episode in episodes_at_start(case, leg, Condition.LOSSY):
        if episode.measured_count > 0:
            ratio = max(ratio, episode.lost_count / episode.measured_count)
    return Evidence(f"{leg}.lossy", supports, {"loss_ratio": round(ratio, 3)})


def silent(case: Case, episode: Episode, *, supports: bool = True) -> Evidence:
    """Return for how long and over how many probes nothing was heard of a leg."""
    values = {"silent_s": _length_s(case, episode), "lost_count": episode.lost_count}
    return Evidence(f"{episode.leg}.silent", supports, values)


def _length_s(case: Case, episode: Episode) -> float:
    span = span_of(case, episode)
    last = span.until_ms if episode.ended_at_ms is None else episode.ended_at_ms
    return round(max(0, last - span.since_ms) / 1000, 1)


def ended(case: Case, *, supports: bool) -> Evidence:
    """Return how the session ended."""
    return Evidence(f"session.{case.disconnect.how}", supports)


def on_the_device(case: Case) -> list[Evidence]:
    """Return what had just begun on the device and keeps "everything else was healthy" from
    being said: an exclusion that leaves it out excludes nothing."""
    result = []
    saver = held(case, "power.battery_saver", lambda value: value is True)
    if saver is not None and is_fresh(case, saver):
        result.append(Evidence("saver.fresh", False, {"held_s": held_s(case, saver)}))
    memory = held(case, "memory.available_ratio", is_short_memory)
    if memory is not None:
        result.append(Evidence("memory.short", False, {"available_ratio": memory.value}))
    blocked = held(case, "app.blocked_by", is_block)
    if blocked is not None:
        result.append(Evidence("app.blocked", False, {"blocked_by": blocked.value}))
    return result


def is_short_memory(value: StateValue) -> bool:
    """Tell whether so little memory is available that programs suffer."""
    ratio = number(value)
    return ratio is not None and ratio < limit.SHORT_MEMORY_RATIO


def is_block(value: StateValue) -> bool:
    """Tell whether the system says that it blocks the program's network."""
    return isinstance(value, str) and value.strip().upper() not in ("", "NONE")


TEXTS: Mapping[str, str] = {
    "link.up": N_("The network link was up."),
    "gateway.answered": N_("The router answered {answered_count} of {measured_count} probes."),
    "internet.answered": N_(
        "Public addresses on the internet answered {answered_count} of {measured_count} probes."
    ),
    "dns.answered": N_("{answered_count} of {measured_count} name look-ups were answered."),
    "control.answered": N_(
        "Other services answered {answered_count} of {measured_count} probes at the same time."
    ),
    "wallet.answered": N_(
        "The bank's address answered {answered_count} of {measured_count} probes."
    ),
    "gateway.not_measured": N_("The router was not measured, or never answers probes."),
    "internet.not_measured": N_("The internet beyond the router was not measured."),
    "wallet.not_measured": N_("The bank's address was not measured."),
    "gateway.silent": N_("The router was silent for {silent_s} s ({lost_count} probes lost)."),
    "internet.silent": N_(
        "Public addresses on the internet were silent for {silent_s} s ({lost_count} probes lost)."
    ),
    "dns.silent": N_("Name look-ups failed for {silent_s} s ({lost_count} in a row)."),
    "control.silent": N_("Other services were silent for {silent_s} s as well."),
    "wallet.silent": N_(
        "The bank's address was silent for {silent_s} s ({lost_count} probes lost)."
    ),
    "gateway.lossy": N_("{loss_percent} % of the probes to the router were lost."),
    "internet.lossy": N_("{loss_percent} % of the probes to the internet were lost."),
    "dns.lossy": N_("{loss_percent} % of the name look-ups failed."),
    "wallet.lossy": N_("{loss_percent} % of the probes to the bank's address were lost."),
    "gateway.slow": N_("The router answered far more slowly than usual for {slow_s} s."),
    "internet.slow": N_("The internet answered far more slowly than usual for {slow_s} s."),
    "dns.slow": N_("Name look-ups took far longer than usual for {slow_s} s."),
    "wallet.slow": N_("The bank's address answered far more slowly than usual for {slow_s} s."),
    "others.stood": N_("{wallet} stayed connected at the same time."),
    "others.fell": N_("{wallet} lost its connection at the same time."),
    "saver.fresh": N_("Battery saver had been switched on {held_s} s before."),
    "memory.short": N_("Only {available_percent} % of the memory was free."),
    "app.blocked": N_("The system said that it blocked the app's network: {blocked_by}."),
    "session.reset": N_("The connection was reset from the other side."),
    "session.closed": N_("The other side closed the connection in good order."),
    "session.timeout": N_("The connection fell silent until it timed out."),
    "session.unreachable": N_("There was no way to the bank's address."),
    "session.refused": N_("The bank's address refused the connection."),
    "session.dns": N_("The bank's name could not be looked up."),
    "session.tls": N_("The certificate that was shown is not the bank's."),
    "session.crash": N_("The app crashed."),
    "session.killed": N_("The app was stopped by the system or by another program."),
    "session.reported": N_("You reported this yourself; how the connection ended is not known."),
}
"""Evidence code -> msgid."""
