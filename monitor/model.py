"""The nouns of walletwatch: frozen values that every room speaks in; standard library only.

Units stand in the names. An instant is `EpochMs`: integer milliseconds since 1970-01-01 UTC;
it becomes local time only where text is made. A ratio lies between 0.0 and 1.0. `None` always
means "not known" or "not yet", never "no" and never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

EpochMs: TypeAlias = int
StateValue: TypeAlias = bool | int | float | str | None
EvidenceValue: TypeAlias = bool | int | float | str | None

THIS_DEVICE = "local"
"""The device that walletwatch itself runs on; every stored row names the device it is about."""


class Role(StrEnum):
    """What a target stands for on the way from the device to the wallet."""

    GATEWAY = "gateway"
    ANCHOR = "anchor"
    RESOLVER = "resolver"
    WALLET = "wallet"
    CONTROL = "control"


class ProbeKind(StrEnum):
    """How a target was asked."""

    ICMP = "icmp"
    TCP = "tcp"
    TLS = "tls"
    DNS = "dns"
    HTTP = "http"


class Outcome(StrEnum):
    """What came back: three families that are never mixed.

    Nothing came back (`is_lost`); something came back (`is_heard`), good or bad; and nothing
    could be asked (`NOT_MEASURED`), which counts in no denominator.
    """

    REPLY = "reply"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    DNS_ERROR = "dns_error"
    TLS_ERROR = "tls_error"
    PORTAL = "portal"
    NOT_MEASURED = "not_measured"

    @property
    def is_lost(self) -> bool:
        """True where the question went out, or could not leave, and nothing came back."""
        return self in (Outcome.TIMEOUT, Outcome.UNREACHABLE)

    @property
    def is_heard(self) -> bool:
        """True where the far end, or something in its place, answered: the path carries."""
        return self is not Outcome.NOT_MEASURED and not self.is_lost


class How(StrEnum):
    """In which way a wallet session ended."""

    RESET = "reset"
    CLOSED = "closed"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    DNS = "dns"
    TLS = "tls"
    CRASH = "crash"
    KILLED = "killed"
    REPORTED = "reported"


class SessionState(StrEnum):
    """Whether a wallet session stands."""

    UP = "up"
    DOWN = "down"


class GapWhy(StrEnum):
    """Why a stretch of time was not observed."""

    SLEEP = "sleep"
    STOPPED = "stopped"
    CLOCK = "clock"


class Family(StrEnum):
    """The five answers to "whose fault is it": what a person asks first."""

    NETWORK = "network"
    APP = "app"
    SETTINGS = "settings"
    """A setting of the device."""
    ACCOUNT = "account"
    """The bank's side: its service, or the account it keeps."""
    PERFORMANCE = "performance"
    """The device is short of memory or computing power."""


class CauseCode(StrEnum):
    """Why a wallet session ended: the public codes."""

    LINK_DOWN = "network.link_down"
    WEAK_SIGNAL = "network.weak_signal"
    ROAMING = "network.roaming"
    GATEWAY = "network.gateway"
    ISP = "network.isp"
    DNS = "network.dns"
    CAPTIVE_PORTAL = "network.captive_portal"
    CONGESTION = "network.congestion"
    INTERCEPTED = "network.intercepted"
    BANK_UNREACHABLE = "bank.unreachable"
    BANK_CLOSED = "bank.closed"
    ACCOUNT = "account"
    APP_OUTDATED = "app.outdated"
    APP_FAULT = "app.fault"
    BATTERY_SAVER = "settings.battery_saver"
    LOW_BATTERY = "settings.low_battery"
    NETWORK_RESTRICTION = "settings.network_restriction"
    BACKGROUND = "settings.background"
    PERFORMANCE = "device.performance"
    SLEEP = "device.sleep"
    UNEXPLAINED = "unexplained"

    @property
    def family(self) -> Family | None:
        """Which of the five it belongs to; None for what is no fault, or not explained."""
        if self is CauseCode.PERFORMANCE:
            return Family.PERFORMANCE
        return _FAMILY_OF_PREFIX.get(self.value.partition(".")[0])


_FAMILY_OF_PREFIX = {
    "network": Family.NETWORK,
    "app": Family.APP,
    "settings": Family.SETTINGS,
    "bank": Family.ACCOUNT,
    "account": Family.ACCOUNT,
}


class FixCode(StrEnum):
    """What a person can do about it: the public codes."""

    CHECK_NETWORK = "check_network"
    STRONGER_SIGNAL = "stronger_signal"
    UPDATE_APP = "update_app"
    REVIEW_SETTINGS = "review_settings"
    SIGN_IN_AGAIN = "sign_in_again"
    FREE_MEMORY = "free_memory"
    SECURE_ACCOUNT = "secure_account"
    CONTACT_BANK = "contact_bank"
    READ_FAQ = "read_faq"
    SAFE_CHANNELS = "safe_channels"


class CareCode(StrEnum):
    """How to use a wallet safely, every day: the public codes."""

    PUBLIC_WIFI = "care.public_wifi"
    PASSWORD = "care.password"
    PHISHING = "care.phishing"
    TWO_FACTOR = "care.two_factor"
    STATEMENT = "care.statement"
    ADVISORIES = "care.advisories"


class Leg(StrEnum):
    """A stretch of the way from the device to the wallet, nearest first."""

    LINK = "link"
    GATEWAY = "gateway"
    INTERNET = "internet"
    DNS = "dns"
    PORTAL = "portal"
    CONTROL = "control"
    WALLET = "wallet"


LEG_OF_ROLE: Mapping[Role, Leg] = MappingProxyType(
    {
        Role.GATEWAY: Leg.GATEWAY,
        Role.ANCHOR: Leg.INTERNET,
        Role.RESOLVER: Leg.DNS,
        Role.WALLET: Leg.WALLET,
        Role.CONTROL: Leg.CONTROL,
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is probed in one way. Its identity is device, name, role and probe."""

    name: str
    role: Role
    probe: ProbeKind
    host: str = field(default="", compare=False)
    """A host name or address literal; empty in a trace."""
    port: int | None = field(default=None, compare=False)
    family: int | None = field(default=None, compare=False)
    """4 or 6; None where the name decides."""
    wallet: str | None = field(default=None, compare=False)
    """The wallet that a WALLET or CONTROL target belongs to; None where it is not known."""
    device: str = THIS_DEVICE

    @property
    def leg(self) -> Leg:
        """The leg that it speaks for; the portal page is a leg of its own."""
        if self.probe is ProbeKind.HTTP and self.role is not Role.WALLET:
            return Leg.PORTAL
        return LEG_OF_ROLE[self.role]


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement of one target at one instant (when the question was sent)."""

    at_ms: EpochMs
    target: Target
    outcome: Outcome
    rtt_ms: float | None = None
    """Round trip on a monotonic clock; None where nothing, or nothing timed, came back."""

    @property
    def is_lost(self) -> bool:
        """True where it counts as lost on its leg.

        A resolver that answers with an error is as useless as a silent one; anywhere else an
        answer of any kind proves that the path carries.
        """
        return self.outcome.is_lost or (
            self.target.role is Role.RESOLVER and self.outcome is Outcome.DNS_ERROR
        )

    @property
    def is_heard(self) -> bool:
        """True where it was measured and is not lost on its leg."""
        return self.outcome is not Outcome.NOT_MEASURED and not self.is_lost


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A wallet session came up or went down."""

    at_ms: EpochMs
    wallet: str
    state: SessionState
    how: How | None = None
    """How it ended; None for `UP`."""
    source: str = "session"
    """Which room's source saw it: session, process, or a word from an import."""
    last_good_at_ms: EpochMs | None = None
    """When the far end was last heard on this session, for a `DOWN` noticed by silence."""
    lived_ms: int | None = None
    """How long the session that ended had stood."""
    detail: str = ""
    """The system's own words, for `explain`; never shown in a notice."""
    device: str = THIS_DEVICE


@dataclass(frozen=True, slots=True)
class StateChange:
    """A device state took a value; it holds until the next change of the same key."""

    at_ms: EpochMs
    key: str
    value: StateValue
    """None is the value "unknown"."""
    device: str = THIS_DEVICE


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time that was not observed: neither up nor down, in no denominator.

    A clock set back is a gap of no length at the new time: what is remembered ends there.
    """

    at_ms: EpochMs
    until_ms: EpochMs
    why: GapWhy
    device: str = THIS_DEVICE


Record: TypeAlias = Sample | SessionChange | StateChange | Gap
"""A line of a trace."""


class Condition(StrEnum):
    """What was wrong with a leg."""

    DEAD = "dead"
    """Nothing was heard."""
    LOSSY = "lossy"
    """Some was lost, some heard."""
    SLOW = "slow"
    """All was heard, much later than usual."""
    WRONG = "wrong"
    """Something else answered: a captive portal, a certificate of another name."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of time in which one condition held on one leg."""

    leg: Leg
    condition: Condition
    started_at_ms: EpochMs
    """The first lost (or wrong, or late) sample."""
    ended_at_ms: EpochMs | None
    """The first good one after it; None while it lasts."""
    measured_count: int
    lost_count: int
    family: int | None = None
    wallet: str | None = None
    device: str = THIS_DEVICE

    def overlaps(self, since_ms: EpochMs, until_ms: EpochMs) -> bool:
        """Tell whether any of it lies in [since_ms, until_ms]."""
        return self.started_at_ms <= until_ms and (
            self.ended_at_ms is None or self.ended_at_ms >= since_ms
        )


@dataclass(frozen=True, slots=True)
class Disconnect:
    """One loss of one wallet's session."""

    wallet: str
    source: str
    started_at_ms: EpochMs
    """The first lost sample or the end that was seen, not the moment of confirmation."""
    ended_at_ms: EpochMs | None
    how: How
    detected_at_ms: EpochMs | None = None
    """When it was first stored; None before that."""
    confirmed: CauseCode | None = None
    """What the user says it was."""
    note: str = ""
    id: int | None = None
    device: str = THIS_DEVICE
    denied: CauseCode | None = None
    """What the user says it was not: the cause that was told when they said "that's wrong"."""

    @property
    def duration_ms(self) -> int | None:
        """Milliseconds it lasted; None while it lasts."""
        return None if self.ended_at_ms is None else self.ended_at_ms - self.started_at_ms


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that speaks for or against a cause, in a code and its numbers."""

    code: str
    """Stable English code, also the key of its words in the catalogue."""
    supports: bool
    values: Mapping[str, EvidenceValue] = field(default_factory=dict)
    """Numbers and names that the words are filled with; units in their names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause as an explanation of one disconnect."""

    cause: CauseCode
    confidence_ratio: float
    evidence: tuple[Evidence, ...] = ()
    fixes: tuple[FixCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why one disconnect happened: the findings, best first; never empty."""

    findings: tuple[Finding, ...]
    engine: str
    """Version of the engine that made it."""
    made_at_ms: EpochMs

    @property
    def best(self) -> Finding:
        """The cause that is told to the user."""
        return self.findings[0]

    @property
    def runner_up(self) -> Finding | None:
        """The next best one; None where nothing else speaks."""
        return self.findings[1] if len(self.findings) > 1 else None


@dataclass(frozen=True, slots=True)
class Exposure:
    """How often a condition held on this device, and how often a session was lost meanwhile.

    It is what tells a cause from a coincidence: a condition that always holds explains nothing.
    """

    held_ms: int
    """Time observed in which the condition held."""
    observed_ms: int
    """Time observed in which it was known whether the condition held."""
    held_count: int
    """Disconnects that began while it held."""
    count: int
    """Disconnects that began while it was known whether it held."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the user said of an earlier answer."""

    at_ms: EpochMs
    """The start of the disconnect that it is about."""
    told: CauseCode
    """The cause that was found."""
    truth: CauseCode | None
    """What it was in the user's words; None: only that `told` is wrong."""
    runner_up: CauseCode | None = None

    @property
    def is_agreed(self) -> bool:
        """True where the user says the same as was found."""
        return self.told is self.truth


@dataclass(frozen=True, slots=True)
class Case:
    """A disconnect and everything observed around it: what a diagnosis is made from.

    All sequences are in time order and lie inside [since_ms, until_ms] unless said otherwise.
    """

    disconnect: Disconnect
    since_ms: EpochMs
    until_ms: EpochMs
    now_ms: EpochMs
    samples: tuple[Sample, ...] = ()
    episodes: tuple[Episode, ...] = ()
    sessions: tuple[SessionChange, ...] = ()
    """Changes of every watched wallet, controls included."""
    states: tuple[StateChange, ...] = ()
    """Changes inside the window."""
    states_before: Mapping[str, StateChange] = field(default_factory=dict)
    """The last change of each key before `since_ms`: what held when the window opened."""
    gaps: tuple[Gap, ...] = ()
    recent: tuple[Disconnect, ...] = ()
    """Earlier disconnects of the same wallet and source, up to seven days back."""
    controls: frozenset[str] = frozenset()
    """Names of the wallets that are watched as controls."""
    exposures: Mapping[str, Exposure] = field(default_factory=dict)
    """State key -> how often what held at the start held in the weeks before; a key that is
    missing was not looked at, or nothing is known of it."""
    verdicts: tuple[Verdict, ...] = ()
    """What the user said of earlier answers on this device."""


class NoticeKind(StrEnum):
    """What a notice is about."""

    LOST = "lost"
    RESTORED = "restored"
    WHY = "why"
    """The evidence, asked for with a button."""
    ASK = "ask"
    """What was it, then? Asked after "that's wrong"."""
    DIGEST = "digest"
    """The day had so many that they are told together."""
    SUMMARY = "summary"
    """What happened in the quiet hours."""
    CARE = "care"
    """A reminder of daily care."""
    WARNING = "warning"
    """An open Wi-Fi or a sign-in page while the wallet is in use."""
    REPORT = "report"
    """The weekly report is there."""
    TEST = "test"


class Delivery(StrEnum):
    """What became of a notice."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    LOGGED = "logged"
    """There is no desktop: it became a log line."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the user; stored before it is shown and marked after."""

    kind: NoticeKind
    created_at_ms: EpochMs
    title: str
    body: str
    disconnect_id: int | None = None
    delivery: Delivery = Delivery.PENDING
    backend: str = ""
    delivered_at_ms: EpochMs | None = None
    id: int | None = None
    cause: CauseCode | None = None
    """The cause that it names; None where it names none."""
    fix: FixCode | None = None
    """The fix that it shows: the next notice of the same cause shows the next one."""
    subject: str = ""
    """What else it is about, so that nothing is said twice: a care code, a network, a week."""


@dataclass(frozen=True, slots=True)
class FixMark:
    """A fix that was carried out: told by the user, or seen in the device's state."""

    at_ms: EpochMs
    fix: FixCode
    is_told: bool
    """True: the user says so. False: it was seen."""
    detail: str = ""
    """What was seen: the state and its new value."""
    device: str = THIS_DEVICE


class FactorVerdict(StrEnum):
    """What a week says of a circumstance and the disconnects: a pattern, never a proof."""

    RAISES = "raises"
    """They came more often while it held, beyond what chance brings."""
    LOWERS = "lowers"
    """They came less often while it held, beyond what chance brings."""
    NO_EVIDENCE = "no_evidence"
    """No difference that chance would not bring as well."""
    NOT_ENOUGH = "not_enough"
    """Too few disconnects, or no time with or without it: nothing can be said yet."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A factor weighed again with another one, which often holds with it, kept apart."""

    by_key: str
    """The other factor."""
    rate_ratio: float | None
    """Compared only within equal values of the other one (Mantel-Haenszel); None where that
    leaves nothing to compare, or nothing without this factor."""
    p: float | None
    """None where nothing is left to compare."""
    is_left: bool | None
    """True: it still raises. False: what it seemed to do is explained by the other one.
    None: the two cannot be told apart by what was observed."""


@dataclass(frozen=True, slots=True)
class Factor:
    """How often incidents began while a circumstance held, and while it did not.

    An incident is one disconnect, or several less than ten quiet minutes apart. Times are what
    was observed with the circumstance known; what began in any other time is not counted.
    """

    key: str
    """Stable English code, such as `power.battery_saver`."""
    exposed_s: float
    """Seconds in which it held."""
    exposed_count: int
    """Incidents that began in them."""
    unexposed_s: float
    unexposed_count: int
    rate_ratio: float | None
    """Incidents per hour with it over those without it. 0.0: none with it. None: none without it
    (the ratio has no upper end), or no time to compare, or no incident at all."""
    ci_low: float | None
    """Lower end of the exact 95 % interval; None where there is nothing to compare."""
    ci_high: float | None
    """Upper end; None where it is infinite or there is nothing to compare."""
    p: float | None
    """Share of circular shifts of the incidents that differ as much; None where not tested (fewer
    than three incidents, or no time with or without it)."""
    q: float | None
    """`p` after Benjamini and Hochberg over all factors of the week; None where not tested, or
    where nothing that could have happened would have made `p` small."""
    verdict: FactorVerdict
    subject: str = ""
    """Which network, version or band of the day; "" for a factor that is one thing."""
    adjusted: Adjusted | None = None


class HelpVerdict(StrEnum):
    """Whether a fix that was carried out helped."""

    HELPED = "helped"
    WORSE = "worse"
    NO_CHANGE = "no_change"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class FixCheck:
    """The time before and after a fix that was carried out."""

    fix: FixCode
    cause: CauseCode | None
    """The cause that it was recommended for; None: all disconnects are compared."""
    at_ms: EpochMs
    is_told: bool
    """True: the user said so. False: it was seen."""
    before_count: int
    before_observed_ms: int
    after_count: int
    after_observed_ms: int
    rate_ratio: float | None
    """After against before; None where before there was none, or nothing was observed."""
    ci_low: float | None
    ci_high: float | None
    """Exact 95 % interval of the ratio; None: it has no end on that side."""
    verdict: HelpVerdict
    detail: str = ""
    """What was seen."""
