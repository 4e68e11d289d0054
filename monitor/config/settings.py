"""The settings as frozen dataclasses; the defaults here are what runs with no file at all.

`config.example.toml` parses to exactly these values (tested). Durations are seconds in settings,
because people write them; the code's own instants and round trips are milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class WalletSettings:
    """One watched wallet: a table `[wallets.NAME]`."""

    enabled: bool = True
    role: str = "wallet"
    """"wallet", or "control": watched only to tell the bank's trouble from the network's."""
    title: str = ""
    """The name shown to the user; empty: the table's name."""
    hosts: tuple[str, ...] = ()
    """`host:port`; the first that resolves is held, the others are spares."""
    ca_file: str = ""
    """A PEM file to trust besides the system's, for a private server."""
    heartbeat: str = "tcp"
    """"tcp": keep-alive only; "http": a HEAD request on the held connection."""
    heartbeat_path: str = "/"
    heartbeat_s: float = 15.0
    min_reconnect_s: float = 30.0
    """Politeness: the shortest time between two hand-shakes in normal times."""
    process: str = ""
    """Name of a program on this machine whose connections to `hosts` are watched; empty: none."""


DEFAULT_WALLETS: Mapping[str, WalletSettings] = MappingProxyType(
    {
        "icbc": WalletSettings(title="工行数字钱包", hosts=("mybank.icbc.com.cn:443",)),
        "alipay": WalletSettings(
            enabled=False, role="control", title="支付宝", hosts=("mobilegw.alipay.com:443",)
        ),
        "wechat": WalletSettings(
            enabled=False, role="control", title="微信支付", hosts=("api.mch.weixin.qq.com:443",)
        ),
    }
)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`[gateway]`: the router."""

    host: str = "auto"
    """An address, or "auto": the default route's, followed when it changes."""


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """`[anchors]`: what "the internet" means here; three addresses of three operators."""

    hosts: tuple[str, ...] = ("223.5.5.5", "119.29.29.29", "114.114.114.114")
    hosts_v6: tuple[str, ...] = ("2400:3200::1", "2402:4e00::", "2400:da00::6666")
    """Asked only while the device has an IPv6 default route."""
    tcp_port: int = 53


@dataclass(frozen=True, slots=True)
class ResolverSettings:
    """`[resolvers]`: who turns names into addresses."""

    hosts: tuple[str, ...] = ("system",)
    """Addresses, or "system": those that the system itself uses."""
    name: str = "www.icbc.com.cn"
    """What is asked."""


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """`[portal]`: the page that tells a captive portal."""

    url: str = "http://connect.rom.miui.com/generate_204"
    """Expects status 204; empty: no portal check."""
    interval_s: float = 300.0


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """`[notify]`: desktop notices."""

    enabled: bool = True
    language: str = "auto"
    """"auto" (the system's), "zh" or "en"."""
    quiet_hours: str = ""
    """"23:00-07:00" in local time: nothing is shown then, and one summary after; empty: none."""
    most_per_day: int = 8
    """Notices of disconnects in a day; what is more is told once, together."""
    cool_down_min: float = 30.0
    """A cause that was shown is not shown again for this long."""
    care: str = "weekly"
    """How often daily care is remembered: "off", "daily", "weekly" or "monthly"."""


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """`[phone]`: the phone that the wallet is used on, for the way through its settings."""

    maker: str = ""
    """"huawei", "honor", "xiaomi", "oppo", "vivo", "samsung", "apple"; empty: not known."""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """`[report]`: the weekly report that the daemon writes."""

    enabled: bool = True
    at: str = "08:00"
    """Local time on Monday at which the last week's is written; a machine that is off or asleep
    then writes it when it is on again."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """`[store]`: how long what is kept."""

    raw_days: int = 14
    minute_days: int = 90
    hour_days: int = 1100
    flush_s: float = 1200.0
    """Samples wait in memory this long before they are written together; events never wait."""


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """`[privacy]`: what the store keeps of names."""

    hash_names: bool = False
    """True: Wi-Fi names and addresses of this machine's networks are stored as keyed hashes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    interval_s: float = 5.0
    saver_interval_s: float = 15.0
    """One round on battery saver: the recorder must not be what drains the battery."""
    wallets: Mapping[str, WalletSettings] = field(default_factory=lambda: DEFAULT_WALLETS)
    gateway: GatewaySettings = GatewaySettings()
    anchors: AnchorSettings = AnchorSettings()
    resolvers: ResolverSettings = ResolverSettings()
    portal: PortalSettings = PortalSettings()
    notify: NotifySettings = NotifySettings()
    phone: PhoneSettings = PhoneSettings()
    report: ReportSettings = ReportSettings()
    store: StoreSettings = StoreSettings()
    privacy: PrivacySettings = PrivacySettings()

    def controls(self) -> frozenset[str]:
        """Return the names of the wallets that are watched as controls."""
        return frozenset(name for name, w in self.wallets.items() if w.role == "control")
