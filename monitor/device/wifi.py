"""The Wi-Fi network's name, the strength of its signal, and whether it is open (unencrypted).

Linux: `iw` (nl80211) tells all, the signal in dBm as the driver measures it; NetworkManager is
asked where there is no `iw`, and knows the strength only in percent. Windows: `netsh wlan`,
percent too. Percent become dBm by the very formula by which their maker made them.
"""

import json
import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from monitor.device.command import command_text
from monitor.device.dbus import SystemBus
from monitor.device.link_linux import wireless_interfaces
from monitor.device.metered import NETWORK_MANAGER, NETWORK_MANAGER_PATH
from monitor.model import StateValue

WIFI_KEYS = ("wifi.ssid", "wifi.signal_dbm", "wifi.is_open")
IW_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
"""`iw` lies in sbin, which is not in an ordinary user's PATH on Debian."""
IW_TIMEOUT_S = 0.5
NM_WIRELESS = "org.freedesktop.NetworkManager.Device.Wireless"
NM_ACCESS_POINT = "org.freedesktop.NetworkManager.AccessPoint"
NM_PRIVACY = 0x1
"""NM80211ApFlags: frames are encrypted, in some way."""
NM_OWE_TRANSITION = 0x1000
"""NM80211ApSecurityFlags: the open twin of an encrypted network; itself it is open."""
OPENNESS_KEPT_READS = 20
"""Where an access point did not say, it is asked again after so many readings: five minutes."""


class Wifi(NamedTuple):
    """What the device hangs on; None where it is not on Wi-Fi, or may not know."""

    ssid: str | None = None
    signal_dbm: int | None = None
    is_open: bool | None = None


def wifi_values(wifi: Wifi) -> Mapping[str, StateValue]:
    """Return the Wi-Fi keys."""
    return dict(zip(WIFI_KEYS, wifi, strict=True))


class LinuxWifi:
    """Wi-Fi by `iw`, else by NetworkManager; costs nothing on a machine without Wi-Fi."""

    keys: tuple[str, ...] = WIFI_KEYS
    every_s: float = 15.0
    """A weak signal must be seen within the minute in which the connection is lost."""

    def __init__(
        self,
        bus: SystemBus,
        interfaces: Callable[[], Sequence[str]] = wireless_interfaces,
        iw_path: str = IW_PATH,
    ) -> None:
        self._bus = bus
        self._interfaces = interfaces
        self._iw_path = iw_path
        self._openness = _Openness("", None, 0)

    def read(self) -> Mapping[str, StateValue]:
        """Return the Wi-Fi keys of the first Wi-Fi interface that is connected."""
        # Two that hang, and then NetworkManager, still fit into the 2 s that a reader has.
        for name in self._interfaces()[:2]:
            wifi = self._by_iw(name) or self._by_network_manager(name)
            if wifi is not None and wifi != Wifi():
                return wifi_values(wifi)
        return wifi_values(Wifi())

    def _by_iw(self, name: str) -> Wifi | None:
        iw = shutil.which("iw", path=self._iw_path)
        if iw is None:
            return None
        text = command_text((iw, "dev", name, "link"), timeout_s=IW_TIMEOUT_S)
        if text is None:
            return None
        wifi = wifi_from_iw(text)
        joined = _joined_in_iw(text)
        return wifi if joined is None else wifi._replace(is_open=self._is_open(iw, name, joined))

    def _is_open(self, iw: str, name: str, joined: str) -> bool | None:
        """Return whether the access point is open; asked once for each, for it takes a process."""
        kept = self._openness
        if kept.joined == joined and (kept.is_open is not None or kept.reads_left > 0):
            self._openness = kept._replace(reads_left=kept.reads_left - 1)
            return kept.is_open
        text = command_text((iw, "dev", name, "scan", "dump"), timeout_s=IW_TIMEOUT_S)
        is_open = None if text is None else is_open_in_iw_scan(text)
        self._openness = _Openness(joined, is_open, OPENNESS_KEPT_READS)
        return is_open

    def _by_network_manager(self, name: str) -> Wifi | None:
        device = self._bus.call(
            NETWORK_MANAGER, NETWORK_MANAGER_PATH, NETWORK_MANAGER, "GetDeviceByIpIface", name
        )
        if not device:
            return None
        point = self._bus.value(NETWORK_MANAGER, device[0], NM_WIRELESS, "ActiveAccessPoint")
        if not point or point == "/":
            return None
        ssid = self._bus.value(NETWORK_MANAGER, point, NM_ACCESS_POINT, "Ssid")
        strength = self._bus.value(NETWORK_MANAGER, point, NM_ACCESS_POINT, "Strength")
        flags, wpa, rsn = (
            self._bus.value(NETWORK_MANAGER, point, NM_ACCESS_POINT, each)
            for each in ("Flags", "WpaFlags", "RsnFlags")
        )
        return Wifi(
            ssid=ssid_text(bytes(ssid)) if ssid else None,
            signal_dbm=dbm_from_network_manager(strength) if strength else None,
            is_open=is_open_in_network_manager(flags, wpa, rsn),
        )


class _Openness(NamedTuple):
    """Whether the access point that the device is joined to is open, as it was last told."""

    joined: str
    is_open: bool | None
    reads_left: int


def ssid_text(raw: bytes) -> str:
    """Return an SSID as text: UTF-8, or GBK as older Chinese routers send it."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def wifi_from_iw(text: str) -> Wifi:
    r"""Return the network from `iw dev NAME link`, which writes bytes beyond ASCII as \xNN."""
    ssid = re.search(r"^\s*SSID: (.*)$", text, re.MULTILINE)
    signal = re.search(r"^\s*signal:\s*(-?\d+)", text, re.MULTILINE)
    return Wifi(
        ssid=_iw_ssid(ssid.group(1)) if ssid and ssid.group(1) else None,
        signal_dbm=int(signal.group(1)) if signal else None,
    )


def _joined_in_iw(text: str) -> str | None:
    """Return the access point's address from `iw dev NAME link`; None where none is joined."""
    joined = re.match(r"Connected to ([0-9a-f:]{17})", text)
    return joined.group(1) if joined else None


def is_open_in_iw_scan(text: str) -> bool | None:
    """Return whether the joined network is open, from `iw dev NAME scan dump`.

    Its block is headed "BSS ... -- associated"; any encryption sets "Privacy" among the
    capabilities (IEEE 802.11-2020, 9.4.1.4). None where there is no such block or line.
    """
    for block in re.split(r"^(?=BSS )", text, flags=re.MULTILINE):
        if not re.match(r"BSS .* -- associated", block):
            continue
        capabilities = re.search(r"^\tcapability: (.*)$", block, re.MULTILINE)
        has_keys = re.search(r"^\t(RSN|WPA):", block, re.MULTILINE) is not None
        if has_keys or capabilities is None:
            return False if has_keys else None
        return "Privacy" not in capabilities.group(1).split()
    return None


def is_open_in_network_manager(flags: object, wpa: object, rsn: object) -> bool | None:
    """Return whether an access point with these D-Bus properties is open; None for unknown ones."""
    if not (isinstance(flags, int) and isinstance(wpa, int) and isinstance(rsn, int)):
        return None
    return not flags & NM_PRIVACY and not wpa & ~NM_OWE_TRANSITION and not rsn & ~NM_OWE_TRANSITION


def _iw_ssid(escaped: str) -> str:
    raw = re.sub(
        rb"\\x([0-9a-fA-F]{2})",
        lambda found: bytes([int(found.group(1), 16)]),
        escaped.encode("utf-8", errors="replace"),
    )
    return ssid_text(raw)


def dbm_from_network_manager(percent: int) -> int:
    """Return dBm from NetworkManager's strength: it maps -100 to -40 dBm to 0 to 100 %."""
    return round(-100 + 60 * min(max(percent, 0), 100) / 100)


def dbm_from_windows(percent: int) -> int:
    """Return dBm from Windows' signal quality.

    wlanSignalQuality is linear from 0 % at -100 dBm to 100 % at -50 dBm (Microsoft,
    WLAN_ASSOCIATION_ATTRIBUTES); a stronger signal than that still reads 100 %.
    """
    return round(min(max(percent, 0), 100) / 2 - 100)


class WindowsWifi:
    """Wi-Fi by `netsh`; Windows 11 24H2 keeps the name from programs without location rights."""

    keys: tuple[str, ...] = WIFI_KEYS
    every_s: float = 30.0
    """It starts a process."""

    def read(self) -> Mapping[str, StateValue]:
        """Return the Wi-Fi keys."""
        text = command_text(("netsh", "wlan", "show", "interfaces"))
        return wifi_values(wifi_from_netsh(text or ""))


def wifi_from_netsh(text: str) -> Wifi:
    """Return the network from `netsh wlan show interfaces`, in any language.

    "SSID" and "Rssi" (newer systems) are never translated; the quality is the only percentage.
    """
    ssid: str | None = None
    percent: int | None = None
    dbm: int | None = None
    values = set()
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition(" : "))
        values.add((name.lower(), value.lower()))
        if name == "SSID" and ssid is None:
            ssid = value or None
        elif name.lower() == "rssi" and dbm is None:
            dbm = _dbm(value)
        elif percent is None and re.fullmatch(r"\d{1,3}%", value):
            percent = int(value[:-1])
    if dbm is None and percent is not None:
        dbm = dbm_from_windows(percent)
    return Wifi(ssid, dbm, _is_open_in_netsh(values))


NETSH_CIPHERS = frozenset({"ccmp", "gcmp", "gcmp-256", "ccmp-256", "tkip", "wep", "aes"})
"""Never translated."""
NETSH_OPEN = frozenset(
    {
        (("authentication", "open"), ("cipher", "none")),
        (("身份验证", "开放式"), ("密码", "无")),
        (("驗證", "開放"), ("密碼", "無")),
    }
)
"""Both lines of an open network, by language: "Open" alone is also what WEP shows."""


def _is_open_in_netsh(values: Collection[tuple[str, str]]) -> bool | None:
    """Return whether the (name, value) lines are an open network's; None in other languages."""
    if any(value in NETSH_CIPHERS for _, value in values):
        return False
    return True if any(set(both) <= set(values) for both in NETSH_OPEN) else None


class MacWifi:
    """Wi-Fi by `system_profiler`; since macOS 14 the name is mostly withheld ("<redacted>")."""

    keys: tuple[str, ...] = WIFI_KEYS
    every_s: float = 60.0
    """It takes about a second of processor time."""

    def read(self) -> Mapping[str, StateValue]:
        """Return the Wi-Fi keys."""
        text = command_text(
            ("/usr/sbin/system_profiler", "-json", "-detailLevel", "basic", "SPAirPortDataType")
        )
        return wifi_values(wifi_from_system_profiler(text or ""))


def wifi_from_system_profiler(text: str) -> Wifi:
    """Return the network from the JSON of `system_profiler SPAirPortDataType`."""
    try:
        found = json.loads(text)["SPAirPortDataType"]
        interfaces = [port for part in found for port in part["spairport_airport_interfaces"]]
        networks = [port.get("spairport_current_network_information") for port in interfaces]
        current: dict[str, Any] = next((each for each in networks if isinstance(each, dict)), {})
    except (ValueError, LookupError, TypeError, AttributeError):
        return Wifi()
    name = current.get("_name")
    name = name if isinstance(name, str) else None
    signal = str(current.get("spairport_signal_noise", ""))
    mode = current.get("spairport_security_mode")
    return Wifi(None if name == "<redacted>" else name, _dbm(signal), _is_open_on_mac(mode))


def _is_open_on_mac(mode: object) -> bool | None:
    """Return what a "spairport_security_mode_..." says; None for one that is not known."""
    if not isinstance(mode, str):
        return None
    word = mode.removeprefix("spairport_security_mode_").lower()
    if word in ("none", "open"):
        return True
    return False if word.startswith(("wep", "wpa", "owe", "dynamic_wep")) else None


def _dbm(text: str) -> int | None:
    found = re.match(r"-\d+", text)
    return int(found.group()) if found else None
