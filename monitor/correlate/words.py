"""A factor in a sentence that a person understands: counts and hours, never a proof."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from monitor.correlate.factors.device import LOW_KEY, SAVER_KEY
from monitor.model import Factor, FactorVerdict


class Words(Protocol):
    """The user's language: brought by the caller."""

    def text(self, msgid: str) -> str:
        """Return the text in the user's language."""
        ...

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of the text that fits `count`."""
        ...


def N_(msgid: str) -> str:  # noqa: N802 (the name that gettext's tools look for)
    """Mark `msgid` for the catalogue and return it unchanged.

    The same marker as `monitor.locale` has; that room reads files, which this one must not.
    """
    return msgid


TITLES: Mapping[str, str] = MappingProxyType(
    {
        SAVER_KEY: N_("Battery saver on"),
        LOW_KEY: N_("Battery low, not charging"),
        "wifi.weak_signal": N_("Weak Wi-Fi signal"),
        "wifi.ssid": N_("On the Wi-Fi “{subject}”"),
        "link.kind": N_("Connected by “{subject}”"),
        "network.metered": N_("Metered network"),
        "link.vpn": N_("Through a VPN"),
        "memory.short": N_("Memory short"),
        "cpu.busy": N_("Processor fully busy"),
        "path.loss": N_("Loss above 1 % (minutes before)"),
        "path.latency": N_("Latency above twice its usual in the minutes before"),
        "sleep.wake_up": N_("First five minutes after waking up"),
        "time.hour": N_("Between {first} and {last} o'clock"),
        "app.version": N_("Wallet app version {subject}"),
    }
)
LINK_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "wifi": N_("Connected by Wi-Fi"),
        "ethernet": N_("Connected by cable"),
        "cellular": N_("Connected by mobile data"),
        "vpn": N_("Connected by nothing but a VPN"),
    }
)
MUCH = 10
"""From here on a ratio is told without a decimal."""
MOST = 1000
"""The upper end of an interval beyond which a number says nothing more."""


def title(key: str, subject: str, words: Words) -> str:
    """Return the circumstance's name."""
    first, _, last = subject.partition("-")
    if key == "link.kind" and subject in LINK_KINDS:
        return words.text(LINK_KINDS[subject])
    template = words.text(TITLES[key]) if key in TITLES else key
    return template.format(subject=subject, first=first.lstrip("0") or "0", last=last.lstrip("0"))


def sentence(factor: Factor, words: Words) -> str:
    """Return what was counted, and what may be said of it."""
    return words.text("{title}: {counted}. {judgement}").format(
        title=title(factor.key, factor.subject, words),
        counted=counted(factor, words),
        judgement=judgement(factor, words),
    )


def counted(factor: Factor, words: Words) -> str:
    """Return how many incidents in how many hours, with and without."""
    return words.text("{held}, and {free} otherwise").format(
        held=_amount(factor.exposed_count, factor.exposed_s, words),
        free=_amount(factor.unexposed_count, factor.unexposed_s, words),
    )


def judgement(factor: Factor, words: Words) -> str:
    """Return what the numbers say, as a pattern."""
    if factor.verdict is FactorVerdict.NOT_ENOUGH:
        return words.text("Too few to tell.")
    if factor.verdict is FactorVerdict.NO_EVIDENCE:
        return _explained(factor, words) or words.text("No difference beyond chance.")
    pattern = words.text("{ratio} This is a pattern, not a proof.").format(
        ratio=_times(factor, words)
    )
    beside = _beside(factor, words)
    if not beside:
        return pattern
    return words.text("{pattern} {beside}").format(pattern=pattern, beside=beside)


def _times(factor: Factor, words: Words) -> str:
    """Return the ratio and its interval."""
    low, high = factor.ci_low or 0.0, factor.ci_high
    if factor.rate_ratio is None:
        return words.text(
            "All of them came then: at least {low} times as often per hour (at 95 %)."
        ).format(low=_number(low))
    if not factor.rate_ratio:
        return words.text("None came then.")
    between = words.text("between {low} and {high}").format(low=_number(low), high=_number(high))
    if high is None or high > MOST:
        between = words.text("{low} or more").format(low=_number(low))
    return words.text("{times} times as often per hour (at 95 %: {between}).").format(
        times=_number(factor.rate_ratio), between=between
    )


def _explained(factor: Factor, words: Words) -> str:
    """Return that the other factor explains this one; "" where it does not."""
    if factor.adjusted is None or factor.adjusted.is_left is not False:
        return ""
    if factor.rate_ratio is not None and factor.rate_ratio <= 1:
        return ""
    return words.text(
        "It came together with “{other}”; apart from that, no difference beyond chance."
    ).format(other=title(factor.adjusted.by_key, "", words))


def _beside(factor: Factor, words: Words) -> str:
    """Return what is left of it without the other factor; "" where none was looked at."""
    if factor.adjusted is None:
        return ""
    other = title(factor.adjusted.by_key, "", words)
    if factor.adjusted.is_left:
        return words.text("It is left without “{other}”, too.").format(other=other)
    return words.text("“{other}” came together with it: the two cannot be told apart yet.").format(
        other=other
    )


def _amount(count: int, seconds: float, words: Words) -> str:
    """Return incidents in hours."""
    hours = seconds / 3600
    shown = f"{hours:.1f}" if hours < MUCH else f"{hours:.0f}"
    return words.plural(
        "{count} incident in {hours} h", "{count} incidents in {hours} h", count
    ).format(count=count, hours=shown)


def _number(value: float | None) -> str:
    """Return a ratio as people say it."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= MUCH else f"{value:.1f}"
