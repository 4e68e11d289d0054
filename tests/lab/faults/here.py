"""What happens on the device itself: its link, its address, its saver, its programs."""

import os
import signal

from tests.lab import plan
from tests.lab.faults.fault import Fault
from tests.lab.instant import Instant, now
from tests.lab.namespaces import LabError
from tests.lab.world import POWER_PROFILES, World, default_route


def _link_down(world: World) -> Instant:
    world.device.ip(f"link set {plan.DEVICE_INTERFACE} down")
    return now()


def _link_up(world: World) -> Instant:
    # Taking an interface down took its routes along.
    world.device.ip(f"link set {plan.DEVICE_INTERFACE} up", default_route())
    return now()


LINK_DOWN = Fault("link_down", _link_down, _link_up)


def _other_address(world: World) -> Instant:
    interface, bits = plan.DEVICE_INTERFACE, plan.LAN_PREFIX_BITS
    world.device.ip(
        f"addr del {plan.DEVICE_ADDRESS}/{bits} dev {interface}",
        f"addr add {plan.DEVICE_OTHER_ADDRESS}/{bits} dev {interface}",
        default_route(),
    )
    return now()


ADDRESS_CHANGE = Fault("address_change", _other_address, lambda _: now())
"""The device gets another address for good: its session and the router's NAT entry are dead."""


def _other_route(world: World) -> Instant:
    address = f"{plan.OTHER_GATEWAY_ADDRESS}/{plan.LAN_PREFIX_BITS}"
    world.router.ip(f"addr add {address} dev {plan.ROUTER_LAN}")
    route = f"via {plan.OTHER_GATEWAY_ADDRESS} dev {plan.DEVICE_INTERFACE}"
    world.device.ip(f"route replace default {route}")
    return now()


def _old_route(world: World) -> Instant:
    world.device.ip(default_route())
    return now()


ROUTE_CHANGE = Fault("route_change", _other_route, _old_route)
"""The way out changes to another address of the router; the device's own stays, sessions too."""


def _profile(profile: str) -> Fault:
    name, path = POWER_PROFILES

    def switch(world: World, value: str) -> Instant:
        if world.system_bus is None:
            raise LabError("this world has no system bus")
        world.system_bus.set(name, path, name, "ActiveProfile", ("s", value))
        return now()

    return Fault(
        "battery_saver",
        lambda world: switch(world, profile),
        lambda world: switch(world, "balanced"),
    )


BATTERY_SAVER = _profile("power-saver")
"""The system's battery saver is switched on; it cuts nothing here."""


def _signal_daemon(world: World, number: signal.Signals) -> Instant:
    if world.daemon_pid is None:
        raise LabError("there is no daemon to be frozen")
    os.kill(world.daemon_pid, number)
    return now()


FROZEN = Fault(
    "frozen",
    lambda world: _signal_daemon(world, signal.SIGSTOP),
    lambda world: _signal_daemon(world, signal.SIGCONT),
)
"""walletwatch itself does not run for a while: a gap, neither up nor down."""


def _start_app(world: World) -> Instant:
    authority = str(world.certificates.authority)
    world.start_on_device("app", "tests.lab.app", world.app_name, authority)
    return now()


APP_RUNS = Fault("app_runs", _start_app, lambda _: now())
"""The wallet's own program runs on the device and holds its session."""


def app_ends(number: signal.Signals) -> Fault:
    """End the wallet's program by a signal, and start it again; wants APP_RUNS."""

    def begin(world: World) -> Instant:
        world.end_on_device("app", number)
        return now()

    return Fault(f"app_{number.name.lower()}", begin, _start_app)
