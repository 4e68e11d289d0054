"""What the lab's part of the evaluation carries out: each fault with its truth and its strengths.

A strength is drawn anew for each run. The truth is what was done to the network, the bank or the
device, whether or not it can be told from outside.
"""

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from monitor.model import CauseCode
from tests.lab.daemon import Options
from tests.lab.faults import beyond, here, home, line, names, service
from tests.lab.faults.fault import HEALTHY, Fault
from tests.lab.runs import SETTLE_S
from tests.lab.world import World

Draw: TypeAlias = Callable[[random.Random], Fault]

KEEP_ALIVE = Options(heartbeat="tcp", heartbeat_s=15.0)
"""The product's own default; the lab's other runs ask over HTTP every 5 s."""

with_line = partial(World, with_delay_line=True)
with_control = partial(World, with_control=True)
with_system_bus = partial(World, with_system_bus=True)


@dataclass(frozen=True, slots=True)
class Story:
    """A fault to be drawn, and what is true of it."""

    name: str
    draw: Draw
    truth: CauseCode | None
    """None: the session is not hurt, so any disconnect is a false alarm."""
    also_right: frozenset[CauseCode] = frozenset()
    hold_s: tuple[float, float] = (12.0, 20.0)
    settle_s: float = SETTLE_S
    options: Options = field(default_factory=Options)
    before: tuple[Fault, ...] = ()
    make_world: Callable[[], World] = World
    may_pass: bool = False
    """A session may live through it: then no disconnect is right as well."""


def _always(fault: Fault) -> Draw:
    return lambda _: fault


def _loss(low: int, high: int) -> Draw:
    return lambda chance: home.loss(chance.randint(low, high))


NO_PING = (home.ICMP_FILTERED,)
STRICT_NAT = (home.STRICT_NAT,)
FROM_THE_BANK = frozenset({CauseCode.BANK_CLOSED, CauseCode.ACCOUNT})

HOME = (
    Story("gateway_dead", _always(home.GATEWAY_DEAD), CauseCode.GATEWAY),
    Story("gateway_gone", _always(home.GATEWAY_GONE), CauseCode.GATEWAY),
    Story(
        "gateway_reboot",
        _always(home.GATEWAY_REBOOT),
        CauseCode.GATEWAY,
        before=STRICT_NAT,
    ),
    Story("gateway_dead_no_ping", _always(home.GATEWAY_DEAD), CauseCode.GATEWAY, before=NO_PING),
    Story(
        "gateway_dead_keep_alive",
        _always(home.GATEWAY_DEAD),
        CauseCode.GATEWAY,
        options=KEEP_ALIVE,
    ),
    Story(
        "nat_lost",
        _always(home.NAT_LOST),
        CauseCode.GATEWAY,
        # The box that forgets may as well be the provider's.
        frozenset({CauseCode.ISP}),
        hold_s=(0.0, 0.0),
        before=STRICT_NAT,
    ),
    Story(
        "wireless_loss",
        lambda chance: home.wireless_loss(chance.randint(25, 45)),
        CauseCode.CONGESTION,
        hold_s=(22.0, 30.0),
    ),
    Story("loss", _loss(22, 50), CauseCode.CONGESTION, hold_s=(22.0, 30.0)),
    Story("loss_no_ping", _loss(25, 45), CauseCode.CONGESTION, hold_s=(22.0, 30.0), before=NO_PING),
    Story("noise", _loss(1, 3), None),
    Story(
        "buffer_bloat",
        lambda chance: home.buffer_bloat(chance.uniform(3.5, 5.0), chance.randint(800, 2000)),
        CauseCode.CONGESTION,
        hold_s=(25.0, 30.0),
    ),
    Story(
        "some_buffer_bloat",
        lambda chance: home.buffer_bloat(chance.uniform(0.5, 2.0), chance.randint(800, 2000)),
        None,
    ),
    Story("captive_portal", _always(home.CAPTIVE_PORTAL), CauseCode.CAPTIVE_PORTAL),
    Story("portal_page_only", _always(home.PORTAL_PAGE_ONLY), None),
    Story("icmp_filtered", _always(home.ICMP_FILTERED), None),
)

BEYOND = (
    Story("provider_dead", _always(beyond.PROVIDER_DEAD), CauseCode.ISP),
    Story("beyond_provider_dead", _always(beyond.BEYOND_PROVIDER_DEAD), CauseCode.ISP),
    Story("provider_dead_no_ping", _always(beyond.PROVIDER_DEAD), CauseCode.ISP, before=NO_PING),
    Story("one_anchor_dead", _always(beyond.ONE_ANCHOR_DEAD), None),
    Story("all_anchors_dead", _always(beyond.ALL_ANCHORS_DEAD), None),
    Story("bank_dead", _always(beyond.BANK_DEAD), CauseCode.BANK_UNREACHABLE),
    Story(
        "bank_dead_no_ping", _always(beyond.BANK_DEAD), CauseCode.BANK_UNREACHABLE, before=NO_PING
    ),
    Story(
        "bank_dead_control_stands",
        _always(beyond.BANK_DEAD),
        CauseCode.BANK_UNREACHABLE,
        make_world=with_control,
    ),
    Story(
        "bank_and_control_dead",
        _always(beyond.BANK_AND_CONTROL_DEAD),
        CauseCode.ISP,
        # The one thing that both lost is the way there; that the bank cannot be reached is true.
        frozenset({CauseCode.BANK_UNREACHABLE}),
        make_world=with_control,
    ),
    Story("control_dead", _always(beyond.CONTROL_DEAD), None, make_world=with_control),
    Story("bank_black_hole", _always(beyond.BANK_BLACK_HOLE), CauseCode.BANK_UNREACHABLE),
    Story(
        "big_packets_lost",
        lambda chance: beyond.big_packets_lost(chance.randint(500, 1300)),
        None,
    ),
    Story(
        "big_packets_lost_and_reset",
        lambda chance: names.and_reset(beyond.big_packets_lost(chance.randint(400, 600))),
        CauseCode.ISP,
        # What ended it was the bank; what keeps it away is the way there.
        frozenset({CauseCode.CONGESTION, CauseCode.BANK_CLOSED}),
    ),
    Story(
        "bursts",
        lambda chance: line.bursts(chance.uniform(1.0, 2.0), chance.uniform(1.5, 3.0)),
        CauseCode.CONGESTION,
        hold_s=(22.0, 30.0),
        make_world=with_line,
        # TCP says again what a burst has swallowed: its answers come late, and they come.
        may_pass=True,
    ),
    Story(
        "short_bursts",
        lambda chance: line.bursts(chance.uniform(0.2, 0.4), chance.uniform(8.0, 12.0)),
        None,
        make_world=with_line,
    ),
    Story(
        "some_delay",
        lambda chance: line.delay(chance.uniform(300.0, 2000.0)),
        None,
        make_world=with_line,
    ),
    Story(
        "much_delay",
        lambda chance: line.delay(chance.uniform(3200.0, 5000.0)),
        CauseCode.CONGESTION,
        hold_s=(22.0, 30.0),
        make_world=with_line,
    ),
    Story(
        "jitter",
        lambda chance: line.jitter(chance.uniform(50.0, 300.0)),
        None,
        make_world=with_line,
    ),
)

SERVICE = (
    Story("reset", _always(service.RESET), CauseCode.BANK_CLOSED, hold_s=(0.0, 0.0)),
    Story("reset_then_refused", _always(service.RESET_THEN_REFUSED), CauseCode.BANK_UNREACHABLE),
    Story("closed_then_refused", _always(service.CLOSED_THEN_REFUSED), CauseCode.BANK_UNREACHABLE),
    Story(
        "keeps_resetting",
        _always(service.KEEPS_RESETTING),
        CauseCode.BANK_UNREACHABLE,
        FROM_THE_BANK,
    ),
    Story(
        "keeps_closing",
        _always(service.KEEPS_CLOSING),
        CauseCode.ACCOUNT,
        frozenset({CauseCode.BANK_CLOSED}),
        options=Options(min_reconnect_s=1.0),
    ),
    Story("closed_once", _always(service.CLOSED_ONCE), None),
    Story("stall", _always(service.STALL), CauseCode.BANK_UNREACHABLE),
    Story(
        "answers_late",
        lambda chance: service.answers_late(chance.uniform(0.3, 1.8)),
        None,
    ),
    Story(
        "idle_close",
        lambda chance: service.idle_close(chance.uniform(10.0, 14.0)),
        None,
        hold_s=(25.0, 30.0),
        options=KEEP_ALIVE,
    ),
    Story("wrong_certificate", _always(service.WRONG_CERTIFICATE), CauseCode.INTERCEPTED),
    Story(
        "foreign_certificate", _always(service.shows_certificate("foreign")), CauseCode.INTERCEPTED
    ),
    Story(
        "expired_certificate",
        _always(service.shows_certificate("expired")),
        CauseCode.INTERCEPTED,
        # The bank itself may have forgotten to renew it.
        frozenset({CauseCode.BANK_UNREACHABLE}),
    ),
)

NAMES = (
    Story("dns_silent", _always(names.dns("silent")), CauseCode.DNS, hold_s=(18.0, 24.0)),
    Story("dns_servfail", _always(names.dns("servfail")), CauseCode.DNS, hold_s=(18.0, 24.0)),
    Story("dns_nxdomain", _always(names.dns("nxdomain")), CauseCode.DNS, hold_s=(18.0, 24.0)),
    Story("dns_lies", _always(names.dns("lie")), None),
    Story("dns_late", lambda chance: names.dns_late(chance.uniform(0.2, 1.2)), None),
    Story("dns_silent_and_reset", _always(names.and_reset(names.dns("silent"))), CauseCode.DNS),
    Story(
        "dns_lies_and_reset",
        _always(names.and_reset(names.dns("lie"))),
        CauseCode.DNS,
        frozenset({CauseCode.INTERCEPTED}),
    ),
)

HERE = (
    Story("healthy", _always(HEALTHY), None),
    Story("link_down", _always(here.LINK_DOWN), CauseCode.LINK_DOWN),
    Story(
        "link_flap", _always(here.LINK_DOWN), CauseCode.LINK_DOWN, hold_s=(0.2, 0.9), may_pass=True
    ),
    Story("address_change", _always(here.ADDRESS_CHANGE), CauseCode.ROAMING, hold_s=(0.0, 0.0)),
    Story("route_change", _always(here.ROUTE_CHANGE), None),
    Story("battery_saver", _always(here.BATTERY_SAVER), None, make_world=with_system_bus),
    Story(
        "provider_dead_on_saver",
        _always(beyond.PROVIDER_DEAD),
        CauseCode.ISP,
        before=(here.BATTERY_SAVER,),
        make_world=with_system_bus,
    ),
    Story(
        "reset_on_saver",
        _always(service.RESET),
        CauseCode.BANK_CLOSED,
        hold_s=(0.0, 0.0),
        before=(here.BATTERY_SAVER,),
        make_world=with_system_bus,
    ),
    Story("frozen", _always(here.FROZEN), None, hold_s=(12.0, 25.0)),
    Story(
        "app_killed",
        _always(here.app_ends(signal.SIGKILL)),
        CauseCode.APP_FAULT,
        before=(here.APP_RUNS,),
        options=Options(watches_app=True),
    ),
    Story(
        "app_crashed",
        _always(here.app_ends(signal.SIGSEGV)),
        CauseCode.APP_FAULT,
        before=(here.APP_RUNS,),
        options=Options(watches_app=True),
    ),
)

STORIES = (*HOME, *BEYOND, *SERVICE, *NAMES, *HERE)
