"""Wi-Fi's name and signal, from each system's words."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.device.command import decode_output
from monitor.device.dbus import SystemBus
from monitor.device.metered import metered_from
from monitor.device.wifi import (
    NM_OWE_TRANSITION,
    NM_PRIVACY,
    LinuxWifi,
    Wifi,
    dbm_from_network_manager,
    dbm_from_windows,
    is_open_in_iw_scan,
    is_open_in_network_manager,
    ssid_text,
    wifi_from_iw,
    wifi_from_netsh,
    wifi_from_system_profiler,
)
from monitor.model import StateValue

NOTHING = {"wifi.ssid": None, "wifi.signal_dbm": None, "wifi.is_open": None}

Recorded = Callable[[str], str]
Read = Callable[[str], Wifi]


@pytest.mark.parametrize(
    ("read", "name", "expected"),
    [
        (wifi_from_iw, "iw_link", Wifi("家里 5G", -67)),
        (wifi_from_iw, "iw_not_connected", Wifi()),
        (wifi_from_netsh, "netsh_en", Wifi("Home : 5G", -56, is_open=False)),
        (wifi_from_netsh, "netsh_zh", Wifi("家里的网", -80, is_open=False)),
        (wifi_from_netsh, "netsh_en_rssi", Wifi("Home : 5G", -38, is_open=False)),
        (wifi_from_netsh, "netsh_disconnected", Wifi()),
        (wifi_from_netsh, "netsh_en_open", Wifi("Home : 5G", -56, is_open=True)),
        (wifi_from_netsh, "netsh_en_wep", Wifi("Home : 5G", -56, is_open=False)),
        (wifi_from_netsh, "netsh_zh_open", Wifi("家里的网", -80, is_open=True)),
        (wifi_from_system_profiler, "system_profiler_open", Wifi("家里的网", -52, is_open=True)),
        (wifi_from_system_profiler, "system_profiler_wpa3", Wifi("家里的网", -52, is_open=False)),
        (wifi_from_system_profiler, "system_profiler_wifi", Wifi("家里的网", -52)),
        (wifi_from_system_profiler, "system_profiler_redacted", Wifi(None, -52)),
    ],
)
def test_recorded(recorded: Recorded, read: Read, name: str, expected: Wifi) -> None:
    assert read(recorded(name)) == expected


@pytest.mark.parametrize(
    ("name", "is_open"),
    [("iw_scan_open", True), ("iw_scan_wpa2", False), ("iw_scan_wep", False), ("iw_link", None)],
)
def test_an_open_network_in_the_last_scan(
    recorded: Recorded, name: str, is_open: bool | None
) -> None:
    assert is_open_in_iw_scan(recorded(name)) is is_open


@pytest.mark.parametrize(
    ("flags", "wpa", "rsn", "is_open"),
    [
        (0, 0, 0, True),
        (0, 0, NM_OWE_TRANSITION, True),
        (NM_PRIVACY, 0, 0, False),
        (0, 0x108, 0, False),
        (NM_PRIVACY, 0, 0x188, False),
        (0, 0, 0x800, False),
        (None, 0, 0, None),
        (0, 0, None, None),
    ],
    ids=["open", "open twin", "WEP", "WPA", "WPA2", "OWE", "flags unknown", "RSN unknown"],
)
def test_an_open_network_for_network_manager(
    flags: int | None, wpa: int | None, rsn: int | None, is_open: bool | None
) -> None:
    assert is_open_in_network_manager(flags, wpa, rsn) is is_open


def test_in_a_language_that_is_not_known_open_is_unknown(recorded: Recorded) -> None:
    french = recorded("netsh_en_open").replace("Authentication", "Authentification")
    assert wifi_from_netsh(french).is_open is None


@given(st.text(max_size=300))
def test_no_words_confuse_the_readers(text: str) -> None:
    for read in (wifi_from_iw, wifi_from_netsh, wifi_from_system_profiler):
        assert isinstance(read(text), Wifi)
    is_open_in_iw_scan(f"BSS x -- associated\n\t{text}")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"SPAirPortDataType": [{}]}', "no json"])
def test_system_profiler_without_wifi_is_unknown(text: str) -> None:
    assert wifi_from_system_profiler(text) == Wifi()


def test_a_chinese_console_writes_gbk(recorded: Recorded) -> None:
    text = decode_output(recorded("netsh_zh").encode("gbk"))
    assert wifi_from_netsh(text) == Wifi("家里的网", -80, is_open=False)


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
    assert values == {"wifi.ssid": "wlan0-link", "wifi.signal_dbm": -61, "wifi.is_open": None}


JOINED = """
echo "$4" >> "${0%/*}/asked"
case $4 in
dump) printf 'BSS 02:00:00:00:00:01(on wlan0) -- associated\\n\\tcapability: ESS (0x0001)\\n' ;;
*) printf 'Connected to 02:00:00:00:00:01 (on wlan0)\\n\\tSSID: x\\n\\tsignal: -61 dBm\\n' ;;
esac
"""


def test_iw_is_asked_once_for_an_access_point_whether_it_is_open(tmp_path: Path) -> None:
    assert read_with_iw(tmp_path, JOINED)["wifi.is_open"] is True
    reader = LinuxWifi(SystemBus(), lambda: ["wlan0"], iw_path=str(tmp_path))
    (tmp_path / "asked").unlink()
    assert [reader.read()["wifi.is_open"] for _ in range(30)] == [True] * 30
    assert (tmp_path / "asked").read_text().split() == ["dump"]


@pytest.mark.parametrize("script", ["exit 1", "exec sleep 5"], ids=["fails", "hangs"])
def test_iw_that_fails_or_hangs_is_unknown(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'no-bus'}")
    assert read_with_iw(tmp_path, script) == NOTHING
