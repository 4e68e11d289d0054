"""Everything that reads what others sent, wrote or printed, each behind one function of bytes.

A parser keeps its promise when it returns, or raises the error that its docstring names; anything
else that comes out of it is a defect.
"""

import socket
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jeepney import DBusAddress, new_method_return, new_signal
from jeepney.low_level import Header, HeaderFields, Message, MessageFlag, MessageType

from monitor.bus import Line
from monitor.config.decode import load
from monitor.config.mistakes import ConfigError
from monitor.device import (
    link_macos,
    link_windows,
    memory,
    netlink,
    power,
    resolvers,
    watch_dbus,
    wifi,
)
from monitor.device.command import decode_output
from monitor.device.dbus import BusError, Connection
from monitor.device.link_linux import kind_of, lasting_address
from monitor.device.route import Port
from monitor.notify.wire import GoneError, Wire
from monitor.probes import dns_message, http, icmp_message
from monitor.probes.walk import queued_errors
from monitor.store import block, trace
from monitor.store.interface import StoreError
from monitor.wallet import imports, sock_diag, tcp_info

TESTS = Path(__file__).parents[1]
RECORDED = TESTS / "unit" / "device" / "recorded"
NOW_MS = 1_795_000_000_000
ENDS = sock_diag.Ends(("192.0.2.1", 50_000), ("198.51.100.7", 443))
DOCUMENT_BYTES_MAX = 20_000
"""A longer file holds nothing that a shorter one could not; it only slows the search."""


@dataclass(frozen=True, slots=True)
class Parsing:
    """One way in for outside data."""

    name: str
    source: str
    """Who can send or write it."""
    parse: Callable[[bytes], object]
    refuses_with: tuple[type[Exception], ...]
    """What it may raise, as its docstring says."""
    seeds: tuple[bytes, ...] = ()

    def feed(self, data: bytes) -> None:
        """Parse; a refusal is an answer.

        Raises:
            Exception: anything that the parser does not promise.
        """
        try:
            self.parse(data)
        except self.refuses_with:
            return


def _port(_name: str) -> Port:
    return Port(is_running=True)


def _dns(data: bytes) -> object:
    return dns_message.decode(data)


def _icmp(data: bytes) -> object:
    version = 6 if data[:1] > b"\x7f" else 4
    return icmp_message.message(version, data[1:])


def _error_queue(data: bytes) -> object:
    version = 6 if data[:1] > b"\x7f" else 4
    level, kind = (socket.IPPROTO_IPV6, 25) if version == 6 else (socket.IPPROTO_IP, 11)
    middle = 1 + len(data[1:2]) * (data[1] if len(data) > 1 else 0) % max(1, len(data))
    extended = [(level, kind, data[middle:])]
    return list(queued_errors(version, data[1:middle], extended, "192.0.2.1"))


def _http_head(data: bytes) -> object:
    head = http._parse_head(data)  # the way to it is a socket
    return None if head is None else http._reading_of_head(head, 1.0)


def _netlink(data: bytes) -> object:
    """Unpack each message of a datagram, each as one of the three kinds."""
    found: list[object] = []
    for kind, payload in netlink.messages(data):
        if kind % 3 == 0 and len(payload) >= 12:
            found.append(netlink.route_from(payload))
        elif kind % 3 == 1 and len(payload) >= 16:
            found.append(kind_of(netlink.link_from(payload), {}))
        elif len(payload) >= 8:
            address = netlink.address_from(payload)
            found.append(lasting_address([address], address.family))
    return found


def _sock_diag(data: bytes) -> object:
    return sock_diag.figures_in(data, ENDS, 1)


def _tcp_info(data: bytes) -> object:
    return tcp_info.figures_from(data)


@contextmanager
def _heard(data: bytes) -> Iterator[socket.socket]:
    """Give the end of a line on which `data` came, and then the end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data[:60_000])
        theirs.shutdown(socket.SHUT_WR)
        yield ours


class _FedConnection(Connection):
    """A connection to the system bus that has said hello, and hears what it is fed."""

    def __init__(self, line: socket.socket) -> None:
        self._line = Line(line)


class _FedWire(Wire):
    """The same on the session bus."""

    def __init__(self, line: socket.socket) -> None:
        self._line = Line(line)


def _system_bus(data: bytes) -> object:
    with _heard(data) as line:
        connection = _FedConnection(line)
        found: list[object] = []
        while (signal := connection.waiting_signal()) is not None:
            found += [watch_dbus.sleep_from(signal), watch_dbus.is_about_network(signal)]
        return found


def _session_bus(data: bytes) -> object:
    with _heard(data) as line:
        return _FedWire(line).signals()


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """Return the parser of a command's output: any bytes that a console may print."""
    return lambda data: parse(decode_output(data))


def _macos_link(text: str) -> object:
    half = len(text) // 2
    ports = link_macos.hardware_ports(text[half:])
    return link_macos.link_from_netstat(text, ports, _port)


def _windows_link(text: str) -> object:
    owners = {"192.168.1.23": ("Wi-Fi", "aa-bb-cc-dd-ee-ff")}
    return link_windows.link_from_route_print(text, owners, _port)


def _ipconfig(text: str) -> object:
    return resolvers.resolvers_from_ipconfig(text, "192.168.1.23")


def _power_status(data: bytes) -> object:
    return power.saver_from_power_status(data)


def _trace(data: bytes) -> object:
    return list(trace._read_lines(Path("t.jsonl"), data.splitlines(keepends=True)))


def _block(data: bytes) -> object:
    """Unpack a block: a byte says how many of the others are its heads."""
    middle = 1 + (data[0] if data else 0)
    return block.unpack(NOW_MS, data[1:middle], data[middle:])


def _in_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Return the parser of a file, which is written anew for each document."""

    def parse(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_bytes(data[:DOCUMENT_BYTES_MAX])
            return read(file)

    return parse


def _import_csv(data: bytes) -> object:
    return imports.parse("seen.csv", data[:DOCUMENT_BYTES_MAX], NOW_MS)


def _import_jsonl(data: bytes) -> object:
    return imports.parse("seen.jsonl", data[:DOCUMENT_BYTES_MAX], NOW_MS)


def _recorded(*patterns: str) -> tuple[bytes, ...]:
    files = [file for pattern in patterns for file in sorted(RECORDED.glob(pattern))]
    return tuple(file.read_bytes() for file in files)


def _bus_messages() -> tuple[bytes, ...]:
    """Return messages as a bus sends them: a signal, and an answer."""
    place = DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")
    sleep = new_signal(place, "PrepareForSleep", "b", (True,))
    place = DBusAddress("/org", interface="org.freedesktop.DBus.Properties")
    changed = new_signal(
        place,
        "PropertiesChanged",
        "sa{sv}as",
        ("org.freedesktop.UPower", {"OnBattery": ("b", True), "Percentage": ("d", 7.0)}, []),
    )
    asked = Message(
        Header(
            sleep.header.endianness,
            MessageType.method_call,
            MessageFlag(0),
            1,
            0,
            7,
            {HeaderFields.sender: ":1.7"},
        ),
        (),
    )
    answer = new_method_return(asked, "u", (4,))
    return tuple(message.serialise(serial=3) for message in (sleep, changed, answer))


DNS_ANSWER = bytes.fromhex(
    "1234818000010001000000000377777704696362630363 6f6d02636e0000010001"
    "c00c000100010000003c0004cb007107".replace(" ", "")
)
SHORT_HOPS = (
    struct.pack("=IHHII", 16 + 12 + 8, 24, 0, 0, 0) + bytes(12) + struct.pack("=HHI", 8, 9, 0)
)
"""A route whose list of next hops is cut off."""
HTTP_HEADS = (
    b"HTTP/1.1 200 OK\r\nContent-Length:" + b"\t" * 30 + b"9\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n<html>ok",
)
ECHO_REPLY = bytes.fromhex("4500001c000040004001f7b6c0000201c00002020000ffff00010001")
TRACE_LINES = (
    b'{"kind": "sample", "at": 1790000000000, "target": "gw", "role": "gateway", "probe": "icmp",'
    b' "outcome": "reply", "rtt_ms": 1.5}\n'
    b'{"kind": "session", "at": "2026-11-18T08:03:11.250+08:00", "wallet": "icbc", "state": "down",'
    b' "how": "reset"}\n'
    b'{"kind": "state", "at": 1794960200000, "key": "battery.percent", "value": 7}\n'
    b'{"kind": "gap", "at": 1794960300000, "until": 1794960400000, "why": "sleep"}\n'
)
CSV_ROWS = b"wallet,at,until,note\nicbc,2026-11-18T08:03:11+08:00,2026-11-18T08:04:00+08:00,seen\n"
JSON_ROW = b'{"wallet": "icbc", "at": "2026-11-18T08:03:11+08:00", "note": "seen"}\n'

SAMPLE_HEADS, SAMPLE_BODY = block.pack(
    [(1, NOW_MS, 0, 20_000), (1, NOW_MS + 5_003, 1, None), (2, NOW_MS + 833, 2, 900)]
)
SAMPLE_BLOCK = bytes([len(SAMPLE_HEADS)]) + SAMPLE_HEADS + SAMPLE_BODY

PARSINGS: tuple[Parsing, ...] = (
    Parsing(
        "dns_answer",
        "any resolver, anybody on the way",
        _dns,
        (dns_message.MessageError,),
        (DNS_ANSWER,),
    ),
    Parsing(
        "icmp_packet", "anybody on the way", _icmp, (), (b"\0" + ECHO_REPLY, b"\xff" + ECHO_REPLY)
    ),
    Parsing("icmp_error_queue", "the kernel, from what routers sent", _error_queue, ()),
    Parsing("http_answer", "the portal page, anybody on the way", _http_head, (), HTTP_HEADS),
    Parsing("netlink", "the kernel", _netlink, (), (SHORT_HOPS,)),
    Parsing("sock_diag", "the kernel", _sock_diag, (sock_diag.DiagError,)),
    Parsing("tcp_info", "the kernel", _tcp_info, ()),
    Parsing("system_bus", "services of the system", _system_bus, (BusError,), _bus_messages()),
    Parsing("session_bus", "the notification server", _session_bus, (GoneError,), _bus_messages()),
    Parsing(
        "iw",
        "the name of any Wi-Fi",
        _text(wifi.wifi_from_iw),
        (),
        _recorded("iw_link*", "iw_not*"),
    ),
    Parsing("netsh", "the name of any Wi-Fi", _text(wifi.wifi_from_netsh), (), _recorded("netsh*")),
    Parsing(
        "system_profiler",
        "the name of any Wi-Fi",
        _text(wifi.wifi_from_system_profiler),
        (),
        _recorded("system_profiler*"),
    ),
    Parsing("pmset", "the system", _text(power.saver_from_pmset), (), _recorded("pmset*")),
    Parsing("power_status", "the system", _power_status, (), (bytes(12),)),
    Parsing("psi", "the system", _text(memory.pressure_from_psi), (), _recorded("pressure*")),
    Parsing(
        "resolv_conf",
        "the network, through DHCP",
        _text(resolvers.resolvers_from_resolv_conf),
        (),
        _recorded("resolv*"),
    ),
    Parsing(
        "scutil",
        "the network, through DHCP",
        _text(resolvers.resolvers_from_scutil),
        (),
        _recorded("scutil*"),
    ),
    Parsing("ipconfig", "the network, through DHCP", _text(_ipconfig), (), _recorded("ipconfig*")),
    Parsing(
        "netstat", "the system", _text(_macos_link), (), _recorded("netstat*", "networksetup*")
    ),
    Parsing("route_print", "the system", _text(_windows_link), (), _recorded("route_print*")),
    Parsing(
        "trace",
        "whoever wrote the trace",
        _trace,
        (StoreError,),
        (TRACE_LINES,),
    ),
    Parsing("sample_block", "a disk that failed", _block, (block.BlockError,), (SAMPLE_BLOCK,)),
    Parsing(
        "import_csv", "whoever wrote the table", _import_csv, (imports.ImportMistake,), (CSV_ROWS,)
    ),
    Parsing(
        "import_jsonl",
        "whoever wrote the table",
        _import_jsonl,
        (imports.ImportMistake,),
        (JSON_ROW,),
    ),
    Parsing(
        "config",
        "the user",
        _in_file("c.toml", load),
        (ConfigError,),
        ((TESTS.parent / "config.example.toml").read_bytes(),),
    ),
)

BY_NAME: Mapping[str, Parsing] = {parsing.name: parsing for parsing in PARSINGS}
