"""Circumstances read from the device's states. The limits are those of the causes in `diagnose`."""

from collections.abc import Sequence

from monitor.correlate.factors.timeline import flag, number, one_each, yes_or_no
from monitor.model import StateValue

LOW_BATTERY_PERCENT = 20
"""Systems offer or start their saving here."""
WEAK_SIGNAL_DBM = -75
"""Below this Wi-Fi falls back to its slowest rates."""
SHORT_MEMORY_RATIO = 0.05
"""Below this the system swaps or kills programs to go on."""
MEMORY_PRESSURE_PERCENT = 20.0
"""Some task waited for memory in a fifth of the last ten seconds (PSI some avg10)."""
BUSY_CPU_RATIO = 0.95
"""Nothing is left for a program that has to answer in time."""
NOT_WIFI_KINDS = ("ethernet", "cellular")
"""Kinds of link whose traffic goes through no Wi-Fi, whatever network is joined beside."""

SAVER_KEY = "power.battery_saver"
LOW_KEY = "battery.low"


def _low_battery(values: Sequence[StateValue]) -> bool | None:
    """Low, and not known to be charging: nothing is saved while a charger is in."""
    percent = number(values[0])
    if percent is None:
        return None
    return percent <= LOW_BATTERY_PERCENT and values[1] is not True


def _weak_signal(values: Sequence[StateValue]) -> bool | None:
    dbm = number(values[0])
    return None if dbm is None else dbm < WEAK_SIGNAL_DBM


def _short_memory(values: Sequence[StateValue]) -> bool | None:
    """One of the two is enough to know that it is short, and enough to know that it is not."""
    ratio, pressure = number(values[0]), number(values[1])
    if ratio is None and pressure is None:
        return None
    is_short = ratio is not None and ratio < SHORT_MEMORY_RATIO
    return is_short or (pressure is not None and pressure > MEMORY_PRESSURE_PERCENT)


def _busy_cpu(values: Sequence[StateValue]) -> bool | None:
    ratio = number(values[0])
    return None if ratio is None else ratio > BUSY_CPU_RATIO


def _wifi_network(values: Sequence[StateValue]) -> str | None:
    """The joined network's name; "" while the traffic goes through no Wi-Fi."""
    kind, ssid = values
    if kind in NOT_WIFI_KINDS:
        return ""
    return ssid if isinstance(ssid, str) and ssid else None


def _name(values: Sequence[StateValue]) -> str | None:
    return values[0] if isinstance(values[0], str) and values[0] else None


battery_saver = yes_or_no(SAVER_KEY, ("power.battery_saver",), flag)
low_battery = yes_or_no(LOW_KEY, ("battery.percent", "battery.plugged"), _low_battery)
weak_signal = yes_or_no("wifi.weak_signal", ("wifi.signal_dbm",), _weak_signal)
wifi_network = one_each("wifi.ssid", ("link.kind", "wifi.ssid"), _wifi_network)
link_kind = one_each("link.kind", ("link.kind",), _name)
metered = yes_or_no("network.metered", ("network.metered",), flag)
vpn = yes_or_no("link.vpn", ("link.vpn",), flag)
short_memory = yes_or_no(
    "memory.short", ("memory.available_ratio", "memory.pressure"), _short_memory
)
busy_cpu = yes_or_no("cpu.busy", ("cpu.load_ratio",), _busy_cpu)
app_version = one_each("app.version", ("app.version",), _name)
