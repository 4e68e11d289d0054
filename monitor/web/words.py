"""What the live page calls outcomes, legs, endings and the device's states."""

from __future__ import annotations

from monitor.locale import N_, Translator
from monitor.model import (
    StateValue,
)
from monitor.report.amounts import percent

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
