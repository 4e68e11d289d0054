"""Every factor, one line each."""

from monitor.correlate.factors import calendar, device, path
from monitor.correlate.factors.interface import Source

FACTORS: tuple[Source, ...] = (
    device.battery_saver,
    device.low_battery,
    device.weak_signal,
    device.wifi_network,
    device.link_kind,
    device.metered,
    device.vpn,
    device.short_memory,
    device.busy_cpu,
    path.before,
    calendar.wake_up,
    calendar.hour_of_day,
    device.app_version,
)
