"""Readers and the watcher of D-Bus against mocked services on a bus of the test's own."""

import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from monitor.device.dbus import SystemBus
from monitor.device.metered import LinuxMetered
from monitor.device.power import POWER_PROFILES, UPOWER, UPOWER_PATH, LinuxPower
from monitor.device.watch_dbus import LOGIN, SLEEP_KEY, DBusWatcher
from monitor.device.wifi import NM_ACCESS_POINT, NM_WIRELESS, LinuxWifi
from monitor.model import StateValue
from tests.integration.private_bus import PrivateBus, is_available
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(not is_available(), reason="needs dbus-daemon and dbusmock")

NM = "org.freedesktop.NetworkManager"
NM_PATH = "/org/freedesktop/NetworkManager"
LOGIN_PATH = "/org/freedesktop/login1"
SIGNALLED_WITHIN_S = 1.0
READ_BOUND_S = 2.0


class Told:
    """Keeps what a watcher told, by key, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, list[StateValue]] = {}

    def __call__(self, values: Mapping[str, StateValue]) -> None:
        with self._lock:
            for key, value in values.items():
                self._values.setdefault(key, []).append(value)

    def all(self, key: str) -> list[StateValue]:
        with self._lock:
            return list(self._values.get(key, []))

    def is_now(self, key: str, value: StateValue, within_s: float = SIGNALLED_WITHIN_S) -> bool:
        return wait_until(lambda: self.all(key)[-1:] == [value], within_s)


@pytest.fixture
def private_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    bus = PrivateBus(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    yield bus
    bus.close()


@pytest.fixture
def system_bus() -> Iterator[SystemBus]:
    bus = SystemBus()
    yield bus
    bus.close()


@pytest.fixture
def watcher(private_bus: PrivateBus, system_bus: SystemBus) -> Iterator[DBusWatcher]:
    watcher = DBusWatcher(
        system_bus,
        power=[LinuxPower(system_bus)],
        network=[LinuxMetered(system_bus)],
        retry_s=0.1,
    )
    yield watcher
    watcher.stop()


@pytest.mark.parametrize(("name", "path"), POWER_PROFILES)
def test_battery_saver_is_signalled_under_both_names(
    private_bus: PrivateBus, watcher: DBusWatcher, system_bus: SystemBus, name: str, path: str
) -> None:
    private_bus.serve(name, path, {"ActiveProfile": ("s", "balanced")})
    told = Told()
    watcher.start(told)
    assert told.is_now("power.battery_saver", False)
    private_bus.set(name, path, name, "ActiveProfile", ("s", "power-saver"))
    assert told.is_now("power.battery_saver", True)
    assert LinuxPower(system_bus).read()["power.battery_saver"] is True
    private_bus.set(name, path, name, "ActiveProfile", ("s", "performance"))
    assert told.is_now("power.battery_saver", False)


def test_mains_and_battery(private_bus: PrivateBus, watcher: DBusWatcher) -> None:
    private_bus.serve(UPOWER, UPOWER_PATH, {"OnBattery": ("b", False)})
    told = Told()
    watcher.start(told)
    assert told.is_now("power.on_battery", False)
    private_bus.set(UPOWER, UPOWER_PATH, UPOWER, "OnBattery", ("b", True))
    assert told.is_now("power.on_battery", True)


def test_metered(private_bus: PrivateBus, watcher: DBusWatcher) -> None:
    private_bus.serve(NM, NM_PATH, {"Metered": ("u", 4)})
    told = Told()
    watcher.start(told)
    assert told.is_now("network.metered", False)
    private_bus.set(NM, NM_PATH, NM, "Metered", ("u", 1))
    assert told.is_now("network.metered", True)
    private_bus.set(NM, NM_PATH, NM, "Metered", ("u", 0))
    assert told.is_now("network.metered", None)


def test_sleep_and_wake_up(private_bus: PrivateBus, watcher: DBusWatcher) -> None:
    private_bus.serve(LOGIN, LOGIN_PATH, interface=f"{LOGIN}.Manager")
    private_bus.serve(NM, NM_PATH, {"Metered": ("u", 2)})
    told = Told()
    watcher.start(told)
    assert told.is_now("network.metered", False)
    for is_sleeping in (True, False):
        private_bus.signal(LOGIN, LOGIN_PATH, f"{LOGIN}.Manager", "PrepareForSleep", is_sleeping)
    assert told.is_now(SLEEP_KEY, False)
    assert told.all(SLEEP_KEY) == [True, False]


def test_a_service_that_comes_later_is_told(private_bus: PrivateBus, watcher: DBusWatcher) -> None:
    told = Told()
    watcher.start(told)
    assert told.is_now("power.battery_saver", None)
    name, path = POWER_PROFILES[0]
    private_bus.serve(name, path, {"ActiveProfile": ("s", "power-saver")})
    # Its properties are added after its name: only the property's own signal can tell.
    private_bus.set(name, path, name, "ActiveProfile", ("s", "balanced"))
    assert told.is_now("power.battery_saver", False)


def test_a_bus_that_dies_is_found_again_without_spinning(
    private_bus: PrivateBus, watcher: DBusWatcher, system_bus: SystemBus
) -> None:
    private_bus.serve(UPOWER, UPOWER_PATH, {"OnBattery": ("b", False)})
    told = Told()
    watcher.start(told)
    assert told.is_now("power.on_battery", False)
    before_s = time.process_time()
    private_bus.die()
    # That it is missing is now remembered, and must be forgotten when it is back.
    assert LinuxPower(system_bus).read()["power.battery_saver"] is None
    quiet_until = time.monotonic() + 0.5
    assert wait_until(lambda: time.monotonic() > quiet_until)
    assert time.process_time() - before_s < 0.2
    private_bus.start()
    private_bus.serve(UPOWER, UPOWER_PATH, {"OnBattery": ("b", True)})
    private_bus.set(UPOWER, UPOWER_PATH, UPOWER, "OnBattery", ("b", True))
    assert wait_until(lambda: told.all("power.on_battery")[-1] is True)


def test_the_kept_connection_survives_a_restart_of_the_bus(
    private_bus: PrivateBus, system_bus: SystemBus
) -> None:
    private_bus.serve(NM, NM_PATH, {"Metered": ("u", 1)})
    reader = LinuxMetered(system_bus)
    assert reader.read() == {"network.metered": True}
    private_bus.die()
    private_bus.start()
    private_bus.serve(NM, NM_PATH, {"Metered": ("u", 2)})
    assert reader.read() == {"network.metered": False}


def test_a_frozen_service_costs_one_bounded_wait(
    private_bus: PrivateBus, system_bus: SystemBus
) -> None:
    mocks = [private_bus.serve(name, path) for name, path in POWER_PROFILES]
    mocks.append(private_bus.serve(UPOWER, UPOWER_PATH))
    for mock in mocks:
        mock.send_signal(signal.SIGSTOP)
    reader = LinuxPower(system_bus)
    first_s, second_s = (_seconds_of_a_read(reader) for _ in range(2))
    assert first_s < READ_BOUND_S
    assert second_s < 0.05


def test_a_bus_that_keeps_silent_costs_one_bounded_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system_bus: SystemBus
) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen(8)
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'silent'}")
        reader = LinuxPower(system_bus)
        first_s, second_s = (_seconds_of_a_read(reader) for _ in range(2))
    assert first_s < READ_BOUND_S
    assert second_s < 0.05


@pytest.mark.parametrize(
    "words",
    [b"", b"REJECTED EXTERNAL\r\n", b"OK 0123\r\n", b"OK 0123\r\n" + b"\xff" * 64],
    ids=["hangs up", "refuses", "greets and hangs up", "talks nonsense"],
)
def test_a_bus_that_misbehaves_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system_bus: SystemBus, words: bytes
) -> None:
    def serve(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line:
            line.recv(1024)
            for word in words.splitlines(keepends=True):
                line.sendall(word)
                line.recv(1024)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "odd"))
        listening.listen(8)
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'odd'}")
        assert _seconds_of_a_read(LinuxPower(system_bus)) < READ_BOUND_S
        thread.join(READ_BOUND_S)


@pytest.mark.parametrize("address", ["unix:path=/nonexistent/bus", "tcp:host=x", "nonsense"])
def test_no_bus_is_unknown(
    monkeypatch: pytest.MonkeyPatch, system_bus: SystemBus, address: str
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    assert LinuxPower(system_bus).read()["power.battery_saver"] is None
    assert LinuxMetered(system_bus).read() == {"network.metered": None}


def test_the_watch_of_no_bus_stops_at_once(
    monkeypatch: pytest.MonkeyPatch, system_bus: SystemBus
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    watcher = DBusWatcher(system_bus, power=[], network=[])
    threads = threading.active_count()
    watcher.start(Told())
    began = time.monotonic()
    watcher.stop()
    watcher.stop()
    assert time.monotonic() - began < 0.5
    assert threading.active_count() == threads


def test_watching_starts_no_service(private_bus: PrivateBus, system_bus: SystemBus) -> None:
    """A name nobody owns is answered with an error by the bus at once."""
    assert _seconds_of_a_read(LinuxPower(system_bus)) < 0.2


def test_wifi_through_network_manager_where_there_is_no_iw(
    private_bus: PrivateBus, system_bus: SystemBus, tmp_path: Path
) -> None:
    private_bus.serve_template("networkmanager", NM)
    added = private_bus.mock_call(NM, NM_PATH, "AddWiFiDevice", "ssu", ("wlan0", "wlan0", 100))
    device = str(added[0])
    point = private_bus.mock_call(
        NM,
        NM_PATH,
        "AddAccessPoint",
        "ssssuuuyu",
        (device, "ap1", "x", "02:00:00:00:00:01", 2, 5180, 54000, 50, 0),
    )[0]
    reader = LinuxWifi(system_bus, lambda: ["wlan0"], iw_path=str(tmp_path))
    assert set(reader.read().values()) == {None}
    ssid = ("ay", "家里的网".encode())
    private_bus.mock_call(
        NM, str(point), "UpdateProperties", "sa{sv}", (NM_ACCESS_POINT, {"Ssid": ssid})
    )
    private_bus.mock_call(
        NM, device, "AddProperty", "ssv", (NM_WIRELESS, "ActiveAccessPoint", ("o", point))
    )
    told = {"wifi.ssid": "家里的网", "wifi.signal_dbm": -70}
    assert reader.read() == {**told, "wifi.is_open": True}
    wpa2 = {"Flags": ("u", 1), "RsnFlags": ("u", 0x188)}
    private_bus.mock_call(NM, str(point), "UpdateProperties", "sa{sv}", (NM_ACCESS_POINT, wpa2))
    assert reader.read() == {**told, "wifi.is_open": False}


def test_a_thousand_reads_leave_no_descriptor(
    private_bus: PrivateBus, system_bus: SystemBus
) -> None:
    name, path = POWER_PROFILES[0]
    private_bus.serve(name, path, {"ActiveProfile": ("s", "power-saver")})
    reader = LinuxPower(system_bus)
    reader.read()
    before = descriptors()
    for _ in range(1000):
        assert reader.read()["power.battery_saver"] is True
    assert descriptors() == before


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _seconds_of_a_read(reader: LinuxPower) -> float:
    began = time.monotonic()
    values = reader.read()
    assert values["power.battery_saver"] is None
    return time.monotonic() - began
