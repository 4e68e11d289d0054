"""Names of networks as keyed hashes: the same network is still known, its name cannot be read.

HMAC-SHA-256 (RFC 2104) under a key that stays in the data directory. It protects what leaves that
directory (a database, a report, a copy in a backup); who can read the key as well can try names.
"""

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path

from monitor.model import (
    Diagnosis,
    Disconnect,
    EvidenceValue,
    FixMark,
    Notice,
    Record,
    Role,
    Sample,
    SessionChange,
    StateChange,
    StateValue,
    Target,
)
from monitor.store.place import PRIVATE_FILE, disk_trouble, ensure_folder

KEY_NAME = "names.key"
"""Where the key is while names are hashed."""
REST_NAME = "names.key.off"
"""Where it rests while they are not, so that the same network gets the same hash later."""
KEY_BYTES = 32
HASH_DIGITS = 8
"""32 bits tell the networks of one life apart."""
CHECK_DIGITS = 4
"""By these a hash of ours is known, and is not hashed again."""

SSID_KEY = "wifi.ssid"
INTERFACE_KEY = "link.interface"
ADDRESS_KEYS = frozenset(
    {
        "link.address",
        "link.gateway",
        "link.gateway_v6",
        "network.resolvers",
        "path.last_heard_address",
    }
)
"""States that hold addresses of this machine's networks; several are parted by commas."""
ROLES = frozenset({Role.GATEWAY, Role.RESOLVER})
"""Targets that are of this machine's network; anchors and wallets are the same for everybody."""

_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
)
_OWN = re.compile(rf"[a-z]+-([0-9a-f]{{{HASH_DIGITS}}})([0-9a-f]{{{CHECK_DIGITS}}})")
_MAC_IN_NAME = re.compile(r"[0-9A-Fa-f]{12}")
"""systemd names an interface after its hardware address where it knows nothing better."""


class Veil:
    """Puts hashes in the place of names (also a `Rewriting`, for what was stored before)."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._seen: dict[str, str] = {}

    def name(self, kind: str, raw: str) -> str:
        """Return the hash of a name, like `ssid-3fa9c0de12ab`; one of ours stays as it is."""
        own = _OWN.fullmatch(raw)
        if not raw or (own is not None and hmac.compare_digest(self._check(own[1]), own[2])):
            return raw
        known = self._seen.get(raw)
        if known is None:
            digest = self._digest(raw)[:HASH_DIGITS]
            known = self._seen[raw] = f"{kind}-{digest}{self._check(digest)}"
        return known

    def mark(self) -> str:
        """Return what tells this key from another without telling the key."""
        return self._digest("mark:")[:HASH_DIGITS]

    def keep(self, data_dir: Path) -> None:
        """Write the key again where it was deleted with all else: what is stored next is under it.

        Raises:
            StoreError: the directory cannot be written.
        """
        key = data_dir / KEY_NAME
        try:
            if not key.exists():
                _make(data_dir, key, self._key)
        except OSError as error:
            raise disk_trouble(error, key) from error

    def _digest(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        return hmac.new(self._key, raw, hashlib.sha256).hexdigest()

    def _check(self, digest: str) -> str:
        return self._digest(f"check:{digest}")[:CHECK_DIGITS]

    # -- values

    def value(self, key: str, value: StateValue) -> StateValue:
        """Return a state's value as it is stored."""
        if not isinstance(value, str):
            return value
        if key == SSID_KEY:
            return self.name("ssid", value)
        if key in ADDRESS_KEYS:
            return ",".join(self.name("address", one) for one in value.split(","))
        if key == INTERFACE_KEY and _MAC_IN_NAME.search(value):
            return self.name("interface", value)
        return value

    def states(self, states: Mapping[str, StateValue]) -> dict[str, StateValue]:
        """Return states as they are stored."""
        return {key: self.value(key, value) for key, value in states.items()}

    def text(self, text: str) -> str:
        """Return the system's own words without an address of this machine's networks in them."""
        return _ADDRESS.sub(lambda found: self._local(found[0]), text)

    def _local(self, raw: str) -> str:
        try:
            address = ipaddress.ip_address(raw)
        except ValueError:
            return raw
        is_everybodys = address.is_global or address.is_loopback
        return raw if is_everybodys and raw not in self._seen else self.name("address", raw)

    # -- nouns, one by one as they are stored

    def record(self, record: Record) -> Record:
        """Return a record as it is stored."""
        match record:
            case Sample():
                target = self.target(record.target)
                return record if target is record.target else replace(record, target=target)
            case SessionChange():
                return self.session(record)
            case StateChange():
                value = self.value(record.key, record.value)
                return record if value == record.value else replace(record, value=value)
            case _:
                return record

    def target(self, target: Target) -> Target:
        """Return a target as it is stored."""
        if target.role not in ROLES:
            return target
        name, host = (
            self.name("address", text) if _is_address(text) else text
            for text in (target.name, target.host)
        )
        return replace(target, name=name, host=host)

    def session(self, change: SessionChange) -> SessionChange:
        """Return a session change as it is stored."""
        return replace(change, detail=self.text(change.detail)) if change.detail else change

    def state(self, change: StateChange) -> StateChange | None:
        """Return a state as it is stored."""
        return replace(change, value=self.value(change.key, change.value))

    def disconnect(self, disconnect: Disconnect) -> Disconnect:
        """Return a disconnect as it is stored."""
        return replace(disconnect, note=self.text(disconnect.note))

    def diagnosis(self, diagnosis: Diagnosis) -> Diagnosis:
        """Return a diagnosis as it is stored."""
        findings = tuple(
            replace(
                finding,
                evidence=tuple(
                    replace(item, values=self._values(item.values)) for item in finding.evidence
                ),
            )
            for finding in diagnosis.findings
        )
        return replace(diagnosis, findings=findings)

    def _values(self, values: Mapping[str, EvidenceValue]) -> dict[str, EvidenceValue]:
        return {
            key: self._seen.get(value, self.text(value)) if isinstance(value, str) else value
            for key, value in values.items()
        }

    def notice(self, notice: Notice) -> Notice | None:
        """Return a notice as it is stored."""
        subject = self._seen.get(notice.subject, notice.subject)
        title, body = self._worded(notice.title), self._worded(notice.body)
        return replace(notice, subject=subject, title=title, body=body)

    def _worded(self, text: str) -> str:
        """Return a text with the names in it replaced that have been seen."""
        for raw in sorted(self._seen, key=len, reverse=True):
            if raw in text and (len(raw) > 2 or f"“{raw}”" in text):
                text = text.replace(raw, self._seen[raw])
        return self.text(text)

    def fix_mark(self, mark: FixMark) -> FixMark:
        """Return a fix mark as it is stored."""
        return replace(mark, detail=self._worded(mark.detail))

    def device(self, name: str) -> str:
        """Return what a device is called: its user named it."""
        return name

    def keeps_mark(self, _key: str) -> bool:
        """Tell that every single value stays: none of them is a name."""
        return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def load(data_dir: Path) -> Veil | None:
    """Return the veil of a data directory; None where names are stored as they are.

    Raises:
        StoreError: the key is there and cannot be read.
    """
    path = data_dir / KEY_NAME
    try:
        return Veil(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_trouble(error, path) from error


class Fit(Enum):
    """Whether the names of a database go on under the key of a data directory."""

    SAME = "same"
    """They do: hashed with this key, or not hashed at all."""
    OTHER = "other"
    """Hashed with another key than the one here."""
    MISSING = "missing"
    """Hashed, and that key is not here."""


def fit(data_dir: Path, mark: str) -> Fit:
    """Tell how `Veil.mark` as a database keeps it ("": nothing is hashed) stands to the key here.

    Raises:
        StoreError: a key is there and cannot be read.
    """
    veil = load(data_dir)
    if not mark or (veil is not None and veil.mark() == mark):
        return Fit.SAME
    if veil is not None:
        return Fit.OTHER
    rest = data_dir / REST_NAME
    try:
        is_at_rest = rest.exists() and Veil(rest.read_bytes()).mark() == mark
    except OSError as error:
        raise disk_trouble(error, rest) from error
    return Fit.SAME if is_at_rest else Fit.MISSING


def settle(data_dir: Path, *, is_wanted: bool) -> None:
    """Have names hashed from now on, or not; a key is made where there is none.

    Raises:
        StoreError: the directory cannot be written.
    """
    key, rest = data_dir / KEY_NAME, data_dir / REST_NAME
    try:
        if is_wanted and not key.exists():
            if rest.exists():
                rest.replace(key)
            else:
                _make(data_dir, key, secrets.token_bytes(KEY_BYTES))
        elif not is_wanted and key.exists():
            key.replace(rest)
    except OSError as error:
        raise disk_trouble(error, key) from error


def carry_key(data_dir: Path, to: Path) -> None:
    """Have names hashed in the folder `to` as they are in `data_dir`.

    Raises:
        StoreError: the key cannot be read, or the folder not be written.
    """
    key = data_dir / KEY_NAME
    try:
        if key.exists():
            _make(to, to / KEY_NAME, key.read_bytes())
    except OSError as error:
        raise disk_trouble(error, key) from error


def _make(data_dir: Path, key: Path, secret: bytes) -> None:
    ensure_folder(data_dir)
    part = key.with_name(f"{KEY_NAME}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    part.replace(key)
