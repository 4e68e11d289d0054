"""A small internet on one machine: device, router with NAT, provider, bank and service host.

Every world has namespaces of its own, named by this process and a count, so that several can
stand side by side; all it made goes with it, also after a failed test.
"""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.integration.private_bus import PrivateBus
from tests.lab import plan
from tests.lab.certificates import Certificates, make_certificates
from tests.lab.instant import Instant, instant_of
from tests.lab.namespaces import STOP_TIMEOUT_S, Namespace, connect, stop, without_offloads
from tests.lab.servers.control import Answer, ask, wait_until_ready

REPOSITORY = Path(__file__).resolve().parents[2]
_COUNT = itertools.count(1)

POWER_PROFILES = ("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles")
"""Bus name (its interface has the same name) and path of power-profiles-daemon 0.12."""

ROUTER_SYSCTLS = """
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.all.rp_filter=0
"""
"""No limit on ICMP errors, or a dying session's retransmissions would use them up."""

NAT = f"""
table ip nat {{
  chain postrouting {{
    type nat hook postrouting priority srcnat
    oifname {plan.ROUTER_WAN} masquerade
  }}
}}
"""


class World:
    """The lab's network, standing inside a `with`."""

    def __init__(
        self,
        *,
        with_delay_line: bool = False,
        with_control: bool = False,
        with_system_bus: bool = False,
    ) -> None:
        number = next(_COUNT)
        prefix = f"wwlab-{os.getpid()}-{number}"
        self.device = Namespace(f"{prefix}-device")
        self.router = Namespace(f"{prefix}-router")
        self.provider = Namespace(f"{prefix}-provider")
        self.bank_host = Namespace(f"{prefix}-bank")
        self.service_host = Namespace(f"{prefix}-service")
        self.line_host = Namespace(f"{prefix}-line") if with_delay_line else None
        self.has_control = with_control
        self.system_bus: PrivateBus | None = None
        """A bus with the power profiles on it, where one was asked for; set while it stands."""
        self._with_system_bus = with_system_bus
        self.app_name = f"wallet{os.getpid() % 100_000}-{number % 100}"
        """Of the wallet's program on the device; at most 15 characters (comm, proc(5))."""
        self.daemon_pid: int | None = None
        """Of the daemon on the device, once it has been started."""
        self.on_device: dict[str, subprocess.Popen[bytes]] = {}
        """Programs that run on the device, by what they are to it."""
        self.folder = Path()
        """Certificates and control sockets; set while the world stands."""
        self.certificates = Certificates(self.folder)
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        """Build it all, or leave nothing behind."""
        try:
            self._build()
        except BaseException:
            self._undo.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop its processes and remove its namespaces and files."""
        self._undo.close()

    def bank(self, **settings: object) -> Instant:
        """Set how the bank behaves (see `Bank.command`); return when it took hold."""
        return instant_of(ask(self.folder / "bank", do="set", **settings))

    def bank_log(self) -> list[Answer]:
        """Return what happened at the bank: session, what, detail, wall_ms, monotonic_ms."""
        log = ask(self.folder / "bank", do="log")["log"]
        assert isinstance(log, list)
        return log

    def dns(self, mode: str, delay_s: float = 0.0) -> Instant:
        """Set how the provider's DNS behaves (see `Names.command`)."""
        return instant_of(ask(self.folder / "service", do="dns", mode=mode, delay_s=delay_s))

    def start_on_device(self, what: str, *words: str) -> None:
        """Run a module of the lab on the device until `end_on_device`, or the world's end."""
        process = self.device.start(sys.executable, "-m", *words, cwd=REPOSITORY)
        self._undo.callback(stop, process)
        self.on_device[what] = process

    def end_on_device(self, what: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to a program on the device and wait until it has ended."""
        process = self.on_device.pop(what)
        process.send_signal(number)
        process.wait(STOP_TIMEOUT_S)

    def web(self, mode: str) -> Instant:
        """Set what stands in place of the "204" page: 204, redirect, page."""
        return instant_of(ask(self.folder / "service", do="web", mode=mode))

    def line(self, **settings: float) -> Answer:
        """Set the delay line's `delay_ms`, `jitter_ms`, `loss_ratio`; return its counts."""
        return ask(self.folder / "line", **settings)

    def _build(self) -> None:
        # Short: a socket's path must fit into 108 bytes (unix(7)).
        folder = self._undo.enter_context(tempfile.TemporaryDirectory(prefix="wwlab-"))
        self.folder = Path(folder)
        self.certificates = make_certificates(self.folder, plan.BANK_NAME, plan.CONTROL_NAME)
        hosts = [self.device, self.router, self.provider, self.bank_host, self.service_host]
        if self.line_host is not None:
            hosts.append(self.line_host)
        for host in hosts:
            host.create()
            self._undo.callback(host.delete)
        self._lay_cables()
        set_ups = [_set_up_device, _set_up_router, _set_up_provider, _set_up_bank, _set_up_service]
        with ThreadPoolExecutor(len(set_ups)) as pool:
            for done in [pool.submit(set_up, self) for set_up in set_ups]:
                done.result()
        self._start_servers()
        if self._with_system_bus:
            self.system_bus = PrivateBus(self.folder)
            self._undo.callback(self.system_bus.close)
            self.system_bus.serve(*POWER_PROFILES, {"ActiveProfile": ("s", "balanced")})

    def _lay_cables(self) -> None:
        connect(self.device, plan.DEVICE_INTERFACE, self.router, plan.ROUTER_LAN)
        connect(self.provider, plan.PROVIDER_BANK, self.bank_host, "eth0")
        connect(self.provider, plan.PROVIDER_SERVICE, self.service_host, "eth0")
        if self.line_host is None:
            connect(self.router, plan.ROUTER_WAN, self.provider, plan.PROVIDER_DOWN)
            return
        connect(self.router, plan.ROUTER_WAN, self.line_host, plan.LINE_LEFT)
        connect(self.line_host, plan.LINE_RIGHT, self.provider, plan.PROVIDER_DOWN)
        self.line_host.ip(f"link set {plan.LINE_LEFT} up", f"link set {plan.LINE_RIGHT} up")
        self.line_host.run("sh", "-ec", without_offloads(plan.LINE_LEFT, plan.LINE_RIGHT))

    def _start_servers(self) -> None:
        kinds = [("bank", self.bank_host), ("service", self.service_host)]
        if self.has_control:
            kinds.append(("control", self.service_host))
        if self.line_host is not None:
            kinds.append(("line", self.line_host))
        processes: list[tuple[str, subprocess.Popen[bytes]]] = []
        for kind, host in kinds:
            words = (kind, str(self.folder / kind), str(self.folder))
            process = host.start(sys.executable, "-m", "tests.lab.servers", *words, cwd=REPOSITORY)
            self._undo.callback(stop, process)
            processes.append((kind, process))
        for kind, process in processes:
            wait_until_ready(self.folder / kind, process)


def default_route() -> str:
    """Return the ip(8) line that gives the device its way out."""
    return f"route replace default via {plan.GATEWAY_ADDRESS} dev {plan.DEVICE_INTERFACE}"


def _set_up_device(world: World) -> None:
    device = world.device
    # What /etc/resolv.conf of a home network says: one server, the system's own time-outs.
    device.write_config("resolv.conf", f"nameserver {plan.DNS_ADDRESS}\n")
    device.ip(
        f"addr add {plan.DEVICE_ADDRESS}/{plan.LAN_PREFIX_BITS} dev {plan.DEVICE_INTERFACE}",
        f"link set {plan.DEVICE_INTERFACE} up",
        default_route(),
    )
    # The group range of most distributions: an ordinary user's ICMP sockets work.
    device.run(
        *("sh", "-ec"),
        f"{without_offloads(plan.DEVICE_INTERFACE)}\n"
        'sysctl -qw net.ipv4.ping_group_range="0 2147483647"',
    )


def _set_up_router(world: World) -> None:
    router = world.router
    router.ip(
        f"addr add {plan.GATEWAY_ADDRESS}/{plan.LAN_PREFIX_BITS} dev {plan.ROUTER_LAN}",
        f"addr add {plan.ROUTER_WAN_ADDRESS}/30 dev {plan.ROUTER_WAN}",
        f"link set {plan.ROUTER_LAN} up",
        f"link set {plan.ROUTER_WAN} up",
        f"route add default via {plan.PROVIDER_ADDRESS}",
    )
    router.run("sh", "-ec", without_offloads(plan.ROUTER_LAN, plan.ROUTER_WAN) + ROUTER_SYSCTLS)
    router.nft(NAT)


def _set_up_provider(world: World) -> None:
    provider = world.provider
    provider.ip(
        f"addr add {plan.PROVIDER_ADDRESS}/30 dev {plan.PROVIDER_DOWN}",
        f"addr add {plan.BANK_ROUTER_ADDRESS}/24 dev {plan.PROVIDER_BANK}",
        f"addr add {plan.SERVICE_ROUTER_ADDRESS}/24 dev {plan.PROVIDER_SERVICE}",
        f"link set {plan.PROVIDER_DOWN} up",
        f"link set {plan.PROVIDER_BANK} up",
        f"link set {plan.PROVIDER_SERVICE} up",
    )
    interfaces = (plan.PROVIDER_DOWN, plan.PROVIDER_BANK, plan.PROVIDER_SERVICE)
    provider.run("sh", "-ec", without_offloads(*interfaces) + ROUTER_SYSCTLS)


def _set_up_bank(world: World) -> None:
    _set_up_host(world.bank_host, [plan.BANK_ADDRESS], plan.BANK_ROUTER_ADDRESS)


def _set_up_service(world: World) -> None:
    addresses = [*plan.ANCHOR_ADDRESSES, plan.DNS_ADDRESS, plan.WEB_ADDRESS, plan.CONTROL_ADDRESS]
    _set_up_host(world.service_host, addresses, plan.SERVICE_ROUTER_ADDRESS)


def _set_up_host(host: Namespace, addresses: list[str], router: str) -> None:
    host.ip(
        *(f"addr add {address}/24 dev eth0" for address in addresses),
        "link set eth0 up",
        f"route add default via {router}",
    )
    host.run("sh", "-ec", without_offloads("eth0") + "\nsysctl -qw net.ipv4.icmp_ratelimit=0")
