"""Every reader and watcher, for each platform: a new one is a file and a line here."""

import sys

from monitor.device.cpu import CpuReader
from monitor.device.dbus import system_bus
from monitor.device.interface import Reader, Watcher
from monitor.device.link import link_reader
from monitor.device.memory import MemoryReader
from monitor.device.metered import LinuxMetered
from monitor.device.power import LinuxPower, MacPower, WindowsPower
from monitor.device.resolvers import resolver_reader
from monitor.device.watch_dbus import DBusWatcher
from monitor.device.watch_link_linux import LinuxLinkWatcher
from monitor.device.wifi import LinuxWifi, MacWifi, WindowsWifi


def readers(platform: str = sys.platform) -> list[Reader]:
    """Return the readers of a platform (as `sys.platform` names it)."""
    found: list[Reader] = [MemoryReader(), CpuReader(), link_reader(platform)]
    found.append(resolver_reader(platform))
    if platform == "linux":
        bus = system_bus()
        found += [LinuxPower(bus), LinuxWifi(bus), LinuxMetered(bus)]
    elif platform == "win32":
        found += [WindowsPower(), WindowsWifi()]
    elif platform == "darwin":
        found += [MacPower(), MacWifi()]
    return found


def watchers(platform: str = sys.platform) -> list[Watcher]:
    """Return the watchers of a platform; none where only asking tells."""
    if platform != "linux":
        return []
    bus = system_bus()
    return [
        LinuxLinkWatcher(),
        DBusWatcher(bus, power=[LinuxPower(bus)], network=[LinuxMetered(bus), LinuxWifi(bus)]),
    ]
