"""Wi-Fi's name and signal, from each system's words."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from monitor.device.command import decode_output
from monitor.device.dbus import SystemBus
from monitor.device.metered import metered_from
from monitor.device.wifi import (
    LinuxWifi,
    Wifi,
    dbm_from_network_manager,
    dbm_from_windows,
    ssid_text,
    wifi_from_iw,
    wifi_from_netsh,
    wifi_from_system_profiler,
)
from monitor.model import StateValue

Recorded = Callable[[str], str]
Read = Callable[[str], Wifi]


@pytest.mark.parametrize(
    ("read", "name", "expected"),
    [
        (wifi_from_iw, "iw_link", Wifi("家里 5G", -67)),
        (wifi_from_iw, "iw_not_connected", Wifi()),
        (wifi_from_netsh, "netsh_en", Wifi("Home : 5G", -56)),
        (wifi_from_netsh, "netsh_zh", Wifi("家里的网", -80)),
        (wifi_from_netsh, "netsh_en_rssi", Wifi("Home : 5G", -38)),
        (wifi_from_netsh, "netsh_disconnected", Wifi()),
        (wifi_from_system_profiler, "system_profiler_wifi", Wifi("家里的网", -52)),
        (wifi_from_system_profiler, "system_profiler_redacted", Wifi(None, -52)),
    ],
)
def test_recorded(recorded: Recorded, read: Read, name: str, expected: Wifi) -> None:
    assert read(recorded(name)) == expected


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"SPAirPortDataType": [{}]}', "no json"])
def test_system_profiler_without_wifi_is_unknown(text: str) -> None:
    assert wifi_from_system_profiler(text) == Wifi()


def test_a_chinese_console_writes_gbk(recorded: Recorded) -> None:
    text = decode_output(recorded("netsh_zh").encode("gbk"))
    assert wifi_from_netsh(text) == Wifi("家里的网", -80)


def test_an_ssid_in_gbk_is_readable() -> None:
    assert ssid_text("办公室".encode("gbk")) == "办公室"


@pytest.mark.parametrize(("percent", "dbm"), [(0, -100), (50, -75), (100, -50), (130, -50)])
def test_windows_percent(percent: int, dbm: int) -> None:
    assert dbm_from_windows(percent) == dbm


@pytest.mark.parametrize(("percent", "dbm"), [(0, -100), (50, -70), (100, -40)])
def test_network_manager_percent(percent: int, dbm: int) -> None:
    assert dbm_from_network_manager(percent) == dbm


@pytest.mark.parametrize(
    ("number", "metered"),
    [(0, None), (1, True), (2, False), (3, True), (4, False), (None, None), (9, None)],
)
def test_metered(number: int | None, metered: bool | None) -> None:
    assert metered_from(number) is metered


def read_with_iw(folder: Path, script: str) -> Mapping[str, StateValue]:
    iw = folder / "iw"
    iw.write_text(f"#!/bin/sh\n{script}\n")
    iw.chmod(0o755)
    return LinuxWifi(SystemBus(), lambda: ["wlan0"], iw_path=str(folder)).read()


def test_iw_is_asked_for_the_interface(tmp_path: Path) -> None:
    values = read_with_iw(tmp_path, 'printf "\\tSSID: $2-$3\\n\\tsignal: -61 dBm\\n"')
    assert values == {"wifi.ssid": "wlan0-link", "wifi.signal_dbm": -61}


@pytest.mark.parametrize("script", ["exit 1", "exec sleep 5"], ids=["fails", "hangs"])
def test_iw_that_fails_or_hangs_is_unknown(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'no-bus'}")
    assert read_with_iw(tmp_path, script) == {"wifi.ssid": None, "wifi.signal_dbm": None}
