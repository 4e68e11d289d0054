"""The time zone: what reports and quiet hours are told in."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.clock import SystemClock, local
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, words
from monitor.locale import N_

CODE = "machine.zone"


def look(here: Surroundings) -> Iterator[Finding]:
    """Tell the offset from UTC, and a TZ that names no zone."""
    now = local(SystemClock().wall_ms())
    offset = now.strftime("%z")
    shown = f"UTC{offset[:3]}:{offset[3:5]}"
    asked = here.environment.get("TZ", "")
    if asked and not is_zone(asked):
        yield Finding(
            CODE,
            Verdict.WARN,
            asked,
            words(N_("TZ names no time zone; times are told in {zone}"), zone=shown),
            words(
                N_("Correct TZ, {example} for instance, or take it out."), example="Asia/Shanghai"
            ),
        )
        return
    if here.language == "zh" and now.utcoffset() != ZoneInfo("Asia/Shanghai").utcoffset(now):
        reason = words(N_("{zone}: reports and quiet hours follow it"), zone=shown)
        yield Finding(CODE, Verdict.NOTE, "", reason)
        return
    yield Finding(CODE, Verdict.OK, "", words("{zone}", zone=shown))


def is_zone(name: str) -> bool:
    """Tell whether TZ says something: a zone's name, or a rule like CST-8 (POSIX, TZ)."""
    plain = name.removeprefix(":")
    if "/" not in plain and any(letter.isdigit() for letter in plain):
        return True
    try:
        ZoneInfo(plain)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return plain.startswith("/")
    return True


CHECK = Check(CODE, N_("time zone"), look)
