"""What the live page calls outcomes, legs, endings and the device's states."""

from __future__ import annotations

from monitor.locale import N_, Translator
from monitor.model import (
    StateValue,
)
from monitor.phrases import state_value

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
    if isinstance(value, bool) and key in _SWITCHES:
        return tr.text(N_("on")) if value else tr.text(N_("off"))
    return state_value(key, value, tr)
