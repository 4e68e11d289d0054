"""What the live page calls outcomes, legs, endings and the device's states."""

from __future__ import annotations

from monitor.diagnose.words import cause_title
from monitor.locale import N_, Translator
from monitor.model import (
    CauseCode,
    Diagnosis,
    Disconnect,
    Finding,
    How,
    Leg,
    Outcome,
    Role,
    StateValue,
)
from monitor.report.amounts import percent

OUTCOMES = {
    Outcome.REPLY: N_("answers"),
    Outcome.TIMEOUT: N_("silent"),
    Outcome.REFUSED: N_("refuses"),
    Outcome.RESET: N_("resets"),
    Outcome.UNREACHABLE: N_("unreachable"),
    Outcome.DNS_ERROR: N_("name not found"),
    Outcome.TLS_ERROR: N_("wrong certificate"),
    Outcome.PORTAL: N_("sign-in page of the network"),
    Outcome.NOT_MEASURED: N_("not measured"),
}
ROLES = {
    Role.GATEWAY: N_("router"),
    Role.ANCHOR: N_("internet"),
    Role.RESOLVER: N_("names (DNS)"),
    Role.WALLET: N_("wallet"),
    Role.CONTROL: N_("control"),
}
LEGS = {
    Leg.LINK: N_("this device's link"),
    Leg.GATEWAY: N_("router"),
    Leg.INTERNET: N_("internet"),
    Leg.DNS: N_("names (DNS)"),
    Leg.PORTAL: N_("sign-in page of the network"),
    Leg.CONTROL: N_("control"),
    Leg.WALLET: N_("wallet"),
}
HOW = {
    How.RESET: N_("reset"),
    How.CLOSED: N_("closed by the far end"),
    How.TIMEOUT: N_("fell silent"),
    How.UNREACHABLE: N_("unreachable"),
    How.REFUSED: N_("refused"),
    How.DNS: N_("name not found"),
    How.TLS: N_("wrong certificate"),
    How.CRASH: N_("program crashed"),
    How.KILLED: N_("program was ended"),
    How.REPORTED: N_("reported by you"),
}
SHOWN_STATES = {
    "link.kind": N_("network"),
    "wifi.ssid": N_("Wi-Fi"),
    "wifi.signal_dbm": N_("signal (dBm)"),
    "network.metered": N_("metered network"),
    "link.vpn": N_("VPN"),
    "power.battery_saver": N_("battery saver"),
    "battery.percent": N_("battery (%)"),
    "battery.plugged": N_("charger connected"),
    "memory.available_ratio": N_("memory free"),
    "cpu.load_ratio": N_("processor busy"),
}
"""The states that the page of now shows, in this order."""

_SWITCHES = frozenset({"power.battery_saver"})
"""Yes and no of these are on and off."""


def shown_value(key: str, value: StateValue, tr: Translator) -> str:
    """Return a state's value for people; None is not known."""
    if value is None:
        return tr.text(N_("not known"))
    if isinstance(value, bool):
        if key in _SWITCHES:
            return tr.text(N_("on")) if value else tr.text(N_("off"))
        return tr.text(N_("yes")) if value else tr.text(N_("no"))
    if isinstance(value, int | float) and key.endswith("_ratio"):
        return percent(float(value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def finding_words(finding: Finding, tr: Translator) -> str:
    """Return a cause's title with its confidence; what is not explained has none."""
    title = cause_title(finding.cause, tr)
    if finding.cause is CauseCode.UNEXPLAINED:
        return title
    words = tr.text(N_("{what} ({amount})"))
    return words.format(what=title, amount=percent(finding.confidence_ratio))


def why(disconnect: Disconnect, diagnosis: Diagnosis | None, tr: Translator) -> str:
    """Return the cause in words: the user's own, else the best finding with its confidence."""
    if disconnect.confirmed is not None:
        return cause_title(disconnect.confirmed, tr) + tr.text(N_(" (confirmed by you)"))
    if diagnosis is None:
        return tr.text(N_("not analysed yet"))
    words = finding_words(diagnosis.best, tr)
    if disconnect.denied is diagnosis.best.cause:
        words += tr.text(N_(" (wrong, you say)"))
    return words
