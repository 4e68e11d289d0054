"""What each key's value must be: plain checks, one line a key.

A check takes a value of the right type and returns None, or what is wrong with it as a
`Complaint`. Bounds are wide on purpose: they catch a slip of the finger, not a taste.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from monitor.locale import LANGUAGES, N_

Complaint: TypeAlias = tuple[str, Mapping[str, object]]
Check: TypeAlias = Callable[[Any], Complaint | None]

SHORTEST_INTERVAL_S = 0.1
"""Ten rounds a second: the most that a recorder beside a person's work should ever do."""
LONGEST_INTERVAL_S = 3600.0
"""Rarer than once an hour nothing could be dated."""
LONGEST_DAYS = 36500
"""A hundred years: beyond it is a slip."""

MOST_NOTICES_PER_DAY = 1000
"""More would be one every minute and a half all day."""
LONGEST_COOL_DOWN_MIN = 10080
"""A week."""
CARE_PACES = ("off", "daily", "weekly", "monthly")
PHONE_MAKERS = ("huawei", "honor", "xiaomi", "oppo", "vivo", "samsung", "apple")

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)")
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def between(low: float, high: float) -> Check:
    """Return a check that a number lies in [low, high]; NaN never does."""

    def check(value: float) -> Complaint | None:
        if low <= value <= high:
            return None
        return N_("must be between {low:g} and {high:g}, not {value}"), {
            "low": low,
            "high": high,
            "value": value,
        }

    return check


def one_of(*words: str) -> Check:
    """Return a check that a text is one of `words`."""

    def check(value: str) -> Complaint | None:
        if value in words:
            return None
        return N_("'{value}' is not one of {words}"), {"value": value, "words": ", ".join(words)}

    return check


def each(check_one: Check) -> Check:
    """Return a check that looks at every item of a list and tells the first that is wrong."""

    def check(values: tuple[str, ...]) -> Complaint | None:
        return next((wrong for value in values if (wrong := check_one(value))), None)

    return check


def word_or(word: str, check_other: Check) -> Check:
    """Return a check that lets `word` pass and asks `check_other` for anything else."""

    def check(value: str) -> Complaint | None:
        return None if value == word else check_other(value)

    return check


def is_host_name(text: str) -> bool:
    """Tell whether a text can be a host name (RFC 1123 labels, and `_`), or an IPv4 address."""
    name = text.removesuffix(".")
    return 0 < len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def host_name(value: str) -> Complaint | None:
    """Check a bare host name."""
    return None if is_host_name(value) else (N_("'{value}' is not a host name"), {"value": value})


def address(value: str) -> Complaint | None:
    """Check an IPv4 or IPv6 address: a name would need the very resolver that is watched."""
    try:
        ip_address(value)
    except ValueError:
        return N_("'{value}' is not an IP address"), {"value": value}
    return None


def address_v6(value: str) -> Complaint | None:
    """Check an IPv6 address."""
    try:
        IPv6Address(value)
    except AddressValueError:
        return N_("'{value}' is not an IPv6 address"), {"value": value}
    return None


def host_and_port(value: str) -> Complaint | None:
    """Check `name:port`, `1.2.3.4:port` or `[v6]:port`."""
    host, colon, port = value.rpartition(":")
    if colon and port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535:
        if host.startswith("[") and host.endswith("]"):
            fits = address_v6(host[1:-1]) is None
        else:
            fits = _host(host)
        if fits:
            return None
    return N_("'{value}' is not host:port (or [IPv6]:port), with a port from 1 to 65535"), {
        "value": value
    }


def _host(text: str) -> bool:
    """Tell whether a text is a name or an IPv4 address; digits and dots alone must be one."""
    if text.replace(".", "").isdigit():
        try:
            IPv4Address(text)
        except AddressValueError:
            return False
        return True
    return is_host_name(text)


def plain_http_url(value: str) -> Complaint | None:
    """Check an http:// address; a portal can only put itself in place of plain HTTP."""
    wrong = (
        N_("'{value}' is not an http:// address (https hides a captive portal)"),
        {"value": value},
    )
    if not value.isascii() or not value.isprintable() or " " in value:
        return wrong
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return wrong
    return None if parts.scheme == "http" and parts.hostname else wrong


def request_path(value: str) -> Complaint | None:
    """Check a path as it stands in a request line: nothing in it may end the line."""
    if value.startswith("/") and value.isascii() and value.isprintable() and " " not in value:
        return None
    return N_("'{value}' must begin with / and hold no spaces"), {"value": value}


def hours(value: str) -> Complaint | None:
    """Check a stretch of the day, `23:00-07:00`; empty is none."""
    match = _HOURS.fullmatch(value)
    if not value or (match and (match[1], match[2]) != (match[3], match[4])):
        return None
    return N_("'{value}' is not a stretch of the day such as 23:00-07:00"), {"value": value}


def time_of_day(value: str) -> Complaint | None:
    """Check a time of the day, `08:00`."""
    if _TIME_OF_DAY.fullmatch(value):
        return None
    return N_("'{value}' is not a time of the day such as 08:00"), {"value": value}


_interval_s = between(SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S)
_days = between(1, LONGEST_DAYS)

RULES: Mapping[str, Mapping[str, Check]] = {
    "": {"interval_s": _interval_s, "saver_interval_s": _interval_s},
    "wallets": {
        "role": one_of("wallet", "control"),
        "hosts": each(host_and_port),
        "heartbeat": one_of("tcp", "http"),
        "heartbeat_path": request_path,
        "heartbeat_s": _interval_s,
        "min_reconnect_s": between(0, LONGEST_INTERVAL_S),
    },
    "gateway": {"host": word_or("auto", address)},
    "anchors": {
        "hosts": each(address),
        "hosts_v6": each(address_v6),
        "tcp_port": between(1, 65535),
    },
    "resolvers": {"hosts": each(word_or("system", address)), "name": host_name},
    "portal": {"url": word_or("", plain_http_url), "interval_s": _interval_s},
    "notify": {
        "language": one_of("auto", *LANGUAGES),
        "quiet_hours": hours,
        "most_per_day": between(1, MOST_NOTICES_PER_DAY),
        "cool_down_min": between(0, LONGEST_COOL_DOWN_MIN),
        "care": one_of(*CARE_PACES),
    },
    "phone": {"maker": word_or("", one_of(*PHONE_MAKERS))},
    "report": {"at": time_of_day},
    "privacy": {},
    "store": {
        "raw_days": _days,
        "minute_days": _days,
        "hour_days": _days,
        "flush_s": _interval_s,
    },
}
"""Section -> key -> its check; a key without one may hold any value of its type."""
