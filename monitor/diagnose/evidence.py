"""Evidence that many causes share: what each leg showed, what the other wallets did, how it ended.

A leg nearer than the cause that answered rules itself out, and so speaks for the cause; a leg
beyond it that answered speaks against.
"""

from collections.abc import Mapping

from monitor.diagnose import thresholds as limit
from monitor.diagnose.causes.interface import N_
from monitor.diagnose.exposure import is_block, is_low, is_pressed, is_short_memory, is_true
from monitor.diagnose.legs import (
    Health,
    dead,
    episodes_at_start,
    health,
    late_rtts_ms,
    link_was_up,
    loss_ratio,
    span_of,
)
from monitor.diagnose.observed import held, held_s, is_fresh, number, others, state_at, tally
from monitor.diagnose.weighing import TEXTS as WEIGHING_TEXTS
from monitor.diagnose.weighing import is_usual, weigh
from monitor.diagnose.wire import TEXTS as WIRE_TEXTS
from monitor.diagnose.wire import of_walk
from monitor.model import Case, Condition, Episode, Evidence, Leg

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
    return [*result, *of_walk(case, at), *_of_others(case, is_beyond=at not in (None, Leg.WALLET))]


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
        return late(case, leg, supports=supports)
    return lossy(leg, loss_ratio(case, leg), supports=supports)


def lossy(leg: Leg, ratio: float, *, supports: bool = True) -> Evidence:
    """Return how much of a leg's probes was lost."""
    return Evidence(f"{leg}.lossy", supports, {"loss_ratio": round(ratio, 3)})


def late(case: Case, leg: Leg, *, supports: bool = True) -> Evidence:
    """Return how late a leg answered: in round trips, or for how long where none are known."""
    rtts = late_rtts_ms(case, leg)
    if rtts is not None:
        values = {"rtt_ms": round(rtts[0], 1), "usual_rtt_ms": round(rtts[1], 1)}
        return Evidence(f"{leg}.late", supports, values)
    spells = [_length_s(case, e) for e in episodes_at_start(case, leg, Condition.SLOW)]
    return Evidence(f"{leg}.slow", supports, {"slow_s": max(spells, default=None)})


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


def thrashing(case: Case, *, supports: bool = False) -> Evidence | None:
    """Return how long programs waited for memory, where that explains late answers.

    A device that is held up itself finds every answer late, from the router on; a busy line does
    not hold up programs.
    """
    pressed = held(case, "memory.pressure", is_pressed)
    if pressed is None or health(case, Leg.GATEWAY) is not Health.SLOW:
        return None
    percent = number(pressed.value) or 0.0
    if percent < limit.THRASHING_PERCENT or is_usual(case, "memory.pressure"):
        return None
    return Evidence("memory.thrashing", supports, {"pressure_percent": round(percent)})


def on_the_device(case: Case) -> list[Evidence]:
    """Return what is suspect on the device and keeps "everything else was healthy" from being
    said: an exclusion that leaves it out excludes nothing. What always holds is not suspect."""
    result = []
    saver = held(case, "power.battery_saver", is_true)
    if saver is not None:
        weight = weigh(case, "power.battery_saver", saver, limit.SAVER_RATIO)
        values = {"held_s": held_s(case, saver)}
        if is_fresh(case, saver):
            result.append(Evidence("saver.fresh", False, values))
        elif weight.is_pattern and weight.ratio >= limit.HIDES_RATIO:
            result.append(Evidence("saver.pattern", False, values))
    low = held(case, "battery.percent", is_low)
    if low is not None:
        weight = weigh(case, "battery.percent", low, limit.SAVER_RATIO)
        is_pattern = weight.is_pattern and weight.ratio >= limit.HIDES_RATIO
        if is_pattern or _is_battery_nearly_empty(case):
            result.append(Evidence("battery.low", False, {"battery_percent": low.value}))
    memory = held(case, "memory.available_ratio", is_short_memory)
    if memory is not None and not is_usual(case, "memory.available_ratio"):
        result.append(Evidence("memory.short", False, {"available_ratio": memory.value}))
    blocked = held(case, "app.blocked_by", is_block)
    if blocked is not None and not is_usual(case, "app.blocked_by"):
        result.append(Evidence("app.blocked", False, {"blocked_by": blocked.value}))
    return result


def _is_battery_nearly_empty(case: Case) -> bool:
    """Tell whether the charge was so low that systems restrict without asking, and falling."""
    low = held(case, "battery.percent", is_low)
    percent = None if low is None else number(low.value)
    plug = state_at(case, "battery.plugged", case.disconnect.started_at_ms)
    is_unplugged = plug is not None and plug.value is False
    is_empty = percent is not None and percent <= limit.VERY_LOW_BATTERY_PERCENT
    return is_empty and is_unplugged and not is_usual(case, "battery.percent")


TEXTS: Mapping[str, str] = {
    **WEIGHING_TEXTS,
    **WIRE_TEXTS,
    "learned.agreed": N_(
        "Of {count} times that you said whether it was this, it was {agreed_count} times."
    ),
    "learned.denied": N_(
        "Of {count} times that you said whether it was this, it was only {agreed_count} times."
    ),
    "saver.pattern": N_("Earlier disconnects fell into times of battery saver as well."),
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
    "gateway.lossy": N_("Probes to the router that were lost: {loss_percent} %."),
    "internet.lossy": N_("Probes to the internet that were lost: {loss_percent} %."),
    "wallet.lossy": N_("Probes to the bank's address that were lost: {loss_percent} %."),
    "gateway.slow": N_("The router answered far more slowly than usual for {slow_s} s."),
    "internet.slow": N_("The internet answered far more slowly than usual for {slow_s} s."),
    "wallet.slow": N_("The bank's address answered far more slowly than usual for {slow_s} s."),
    "gateway.late": N_("The router answered in {rtt_ms} ms; {usual_rtt_ms} ms is usual."),
    "internet.late": N_("The internet answered in {rtt_ms} ms; {usual_rtt_ms} ms is usual."),
    "wallet.late": N_("The bank's address answered in {rtt_ms} ms; {usual_rtt_ms} ms is usual."),
    "others.stood": N_("{wallet} stayed connected at the same time."),
    "others.fell": N_("{wallet} lost its connection at the same time."),
    "saver.fresh": N_("Battery saver had been switched on {held_s} s before."),
    "memory.thrashing": N_(
        "Programs waited for memory {pressure_percent} percent of the time, and even the router "
        "seemed slow: the device itself was held up."
    ),
    "tcp.heard": N_("The bank's own connection was still heard from when every probe was lost."),
    "memory.short": N_("Free memory: {available_percent} %."),
    "app.blocked": N_("The system said that it blocked the app's network: {blocked_by}."),
    "session.reset": N_("The connection was reset from the other side."),
    "session.closed": N_("The other side closed the connection in good order."),
    "session.timeout": N_("The connection fell silent until it timed out."),
    "session.unreachable": N_("There was no way to the bank's address."),
    "session.refused": N_("The bank's address refused the connection."),
    "session.dns": N_("The bank's name could not be looked up."),
    "session.tls": N_("The certificate that was shown is not the bank's."),
    "session.crash": N_("The app crashed."),
    "session.killed": N_(
        "The app was gone from one moment to the next; what ended it is not known."
    ),
    "session.reported": N_("You reported this yourself; how the connection ended is not known."),
}
"""Evidence code -> msgid."""
