"""What may be told to a stranger: known codes and numbers stay, every other text gets a pseudonym.

Nothing is searched for: a text is kept only where it is on a list of what cannot name anybody
(codes, the program's own words, hosts that ship as defaults), so that a name nobody thought of
does not slip through.
"""

import errno
import os
import re
from dataclasses import replace
from functools import cache

from monitor.config.settings import Settings
from monitor.detect.usability import UNUSABLE
from monitor.model import (
    THIS_DEVICE,
    CareCode,
    CauseCode,
    Condition,
    Diagnosis,
    Disconnect,
    Evidence,
    EvidenceValue,
    Family,
    Finding,
    FixCode,
    FixMark,
    How,
    Leg,
    Notice,
    NoticeKind,
    Outcome,
    ProbeKind,
    Role,
    SessionChange,
    SessionState,
    StateChange,
    StateValue,
    Target,
)
from monitor.phrases import STATES
from monitor.share.pseudonyms import Draw, Pseudonyms

SOURCES = frozenset({"session", "process", "import", "reported", "user", "event"})
OWN_NAMES = frozenset({"system", "portal", "auto", THIS_DEVICE})
"""Names that the program itself gives."""
LINK_KINDS = frozenset({"wifi", "ethernet", "cellular", "vpn", "other"})
BLOCKS = frozenset(
    [
        "NONE",
        "BATTERY_SAVER",
        "DOZE",
        "APP_STANDBY",
        "RESTRICTED_MODE",
        "LOW_POWER_STANDBY",
        "APP_BACKGROUND",
        "DATA_SAVER",
        "METERED_DATA_SAVER",
        "USER_RESTRICTED",
        "METERED_USER_RESTRICTED",
        "ADMIN_DISABLED",
        "METERED_ADMIN_DISABLED",
        "LOCKDOWN",
        "LOCKDOWN_VPN",
        "OEM_DENY",
    ]
)
"""What Android calls its reasons to block a program (NetworkPolicyManager)."""
ADDRESS_KEYS = frozenset(
    {
        "link.address",
        "link.gateway",
        "link.gateway_v6",
        "network.resolvers",
        "path.walk_target",
        "path.last_heard_address",
    }
)
OWN_KEYS = frozenset(
    {*STATES, "monitor.cpu_s", "monitor.rss_mib", "monitor.written_mib", "wifi.is_open"}
)
FIGURES = ("unacked_count", "retransmit_count", "rtt_ms", "silent_ms")
"""The last part of `tcp.WALLET.…`."""
VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}")
ENGINE = re.compile(r"\d{1,4}(\.\d{1,4}){0,3}")
EVIDENCE_CODE = re.compile(r"[a-z]{2,9}(\.[a-z_]{2,24}){1,3}")
MOST_DIGITS = 3
"""Of a number in the system's words: an error's, never a telephone's."""
_WORD = re.compile(r"([A-Za-z0-9_.:%/@-]+)")
_PLAIN_WORDS = (
    "certificate verify failed self-signed self signed in chain has expired not yet valid "
    "hostname mismatch for unable to get local issuer ssl tls alert handshake failure timed out "
    "the application keeps silent nothing is heard any more no route to far end resolver kept "
    "for s ms errno name or service known temporary resolution eof occurred violation of protocol "
    "unexpected while reading connection was closed peer reset by remote host answered with an "
    "error"
)
CODES = frozenset(
    item.value
    for kind in (
        CareCode,
        CauseCode,
        Condition,
        Family,
        FixCode,
        How,
        Leg,
        Outcome,
        ProbeKind,
        Role,
        SessionState,
    )
    for item in kind
)
MARKS = ("care.", "reminders.first_at_ms")
DEMO_MARK = "demo"


@cache
def _vocabulary() -> frozenset[str]:
    """Return the words of which the system makes its errors, in small letters."""
    said = " ".join(os.strerror(number) for number in errno.errorcode)
    return frozenset(_WORD.findall(f"{said} {_PLAIN_WORDS} {UNUSABLE}".lower()))


def public_hosts() -> frozenset[str]:
    """Return the hosts and names that ship as defaults: they are the same for everybody."""
    plain = Settings()
    hosts = {*plain.anchors.hosts, *plain.anchors.hosts_v6, plain.resolvers.name, plain.portal.url}
    hosts |= {host.rpartition(":")[0] for w in plain.wallets.values() for host in w.hosts}
    return frozenset(hosts)


class Redactor:
    """Puts every noun of the store into words that name nobody (a `Rewriting` of the store)."""

    def __init__(self, draw: Draw) -> None:
        self.names = Pseudonyms(draw)
        self._public = public_hosts() | OWN_NAMES
        self._wallets = frozenset(Settings().wallets)

    # -- single words

    def device(self, name: str) -> str:
        """Return what a device is called."""
        return name if name == THIS_DEVICE else self.names.name("device", name)

    def wallet(self, name: str) -> str:
        """Return what a wallet is called: only one that ships keeps its name."""
        return name if name in self._wallets else self.names.name("wallet", name)

    def host(self, raw: str) -> str:
        """Return a host: public ones stay, an address stays an address, a name becomes another."""
        if not raw or raw in self._public:
            return raw
        if "://" in raw:
            return f"http://{self.names.name('host', raw)}.example/"
        return self.names.address(raw) or f"{self.names.name('host', raw)}.example"

    def source(self, raw: str) -> str:
        """Return where a disconnect was seen."""
        return raw if raw in SOURCES else self.names.name("source", raw)

    def said(self, text: str) -> str:
        """Return the system's own words, with a pseudonym for each that is none of its usual."""
        return _WORD.sub(lambda found: self._word(found[0]), self._bare(text))

    def _bare(self, text: str) -> str:
        """Return the text with what is neither ASCII nor a sign of a sentence as one word."""
        return re.sub(r"[^\sA-Za-z0-9_.:%/@\[\](),;'\"-]+", "x_x_x", text)

    def _word(self, word: str) -> str:
        core = word.strip(".:")
        if not core or core.lower() in _vocabulary() or word.lower() in _vocabulary():
            return word
        if core.isdigit() and len(core) <= MOST_DIGITS:
            return word
        return self.names.address(core) or self.names.known(core) or self.names.name("text", core)

    def _value(self, raw: str) -> str:
        """Return a text that stands as a value somewhere."""
        if not raw or raw in CODES or raw in LINK_KINDS or raw in self._public:
            return raw
        if raw in self._wallets or VERSION.fullmatch(raw):
            return raw
        if set(raw.split("|")) <= BLOCKS:
            return raw
        return self.names.known(raw) or self.names.address(raw) or self.names.name("text", raw)

    # -- nouns

    def target(self, target: Target) -> Target:
        """Return a target under its new name."""
        is_wallets = target.wallet is not None and target.name == target.wallet
        name = self.wallet(target.name) if is_wallets else self._target_name(target)
        wallet = None if target.wallet is None else self.wallet(target.wallet)
        return replace(
            target,
            name=name,
            host=self.host(target.host),
            wallet=wallet,
            device=self.device(target.device),
        )

    def _target_name(self, target: Target) -> str:
        if target.name in self._public or target.name in self._wallets:
            return target.name
        return self.names.address(target.name) or self.names.name("target", target.name)

    def session(self, change: SessionChange) -> SessionChange:
        """Return a session change with other words."""
        return replace(
            change,
            wallet=self.wallet(change.wallet),
            source=self.source(change.source),
            detail=self.said(change.detail),
            device=self.device(change.device),
        )

    def state(self, change: StateChange) -> StateChange | None:
        """Return a state with another value; one that the program does not know is left out."""
        key = self._key(change.key)
        if key is None:
            return None
        value = self._state_value(key, change.value)
        return replace(change, key=key, value=value, device=self.device(change.device))

    def _key(self, key: str) -> str | None:
        if key in OWN_KEYS:
            return key
        head, _, rest = key.partition(".")
        wallet, _, figure = rest.rpartition(".")
        if head == "tcp" and wallet and figure in FIGURES:
            return f"tcp.{self.wallet(wallet)}.{figure}"
        return None

    def _state_value(self, key: str, value: StateValue) -> StateValue:
        if not isinstance(value, str) or not value:
            return value
        if key in ADDRESS_KEYS:
            return ",".join(self.host(one) for one in value.split(","))
        if key == "wifi.ssid":
            return self.names.name("network", value)
        if key == "link.interface":
            return self.names.name("interface", value)
        return self._value(value)

    def disconnect(self, disconnect: Disconnect) -> Disconnect:
        """Return a disconnect with other words; what the user typed is only named."""
        note = disconnect.note
        if note and disconnect.source in ("session", "process"):
            note = self.said(note)
        elif note:
            note = self.names.name("note", note)
        return replace(
            disconnect,
            wallet=self.wallet(disconnect.wallet),
            source=self.source(disconnect.source),
            note=note,
            device=self.device(disconnect.device),
        )

    def diagnosis(self, diagnosis: Diagnosis) -> Diagnosis:
        """Return a diagnosis with other words."""
        engine = diagnosis.engine if ENGINE.fullmatch(diagnosis.engine) else "?"
        findings = tuple(self._finding(finding) for finding in diagnosis.findings)
        return replace(diagnosis, engine=engine, findings=findings)

    def _finding(self, finding: Finding) -> Finding:
        kept = [e for e in finding.evidence if EVIDENCE_CODE.fullmatch(e.code)]
        return replace(finding, evidence=tuple(self._evidence(item) for item in kept))

    def _evidence(self, item: Evidence) -> Evidence:
        values: dict[str, EvidenceValue] = {
            key: self._value(value) if isinstance(value, str) else value
            for key, value in item.values.items()
        }
        return replace(item, values=values)

    def notice(self, notice: Notice) -> Notice | None:
        """Return a reminder without its words; every other notice repeats what is told anyway."""
        if notice.kind is not NoticeKind.CARE or notice.subject not in CODES:
            return None
        return replace(notice, title="", body="", backend="")

    def fix_mark(self, mark: FixMark) -> FixMark:
        """Return a fix mark without what was seen."""
        detail = self._value(mark.detail) if mark.detail else ""
        return replace(mark, detail=detail, device=self.device(mark.device))

    def keeps_mark(self, key: str) -> bool:
        """Tell whether a single value is one of the store's own instants."""
        return key.startswith(MARKS) or key == DEMO_MARK
