"""Battery and battery saver: which service tells of them, and whether the saver is on."""

from collections.abc import Iterator

from monitor.device.power import POWER_PROFILES, UPOWER
from monitor.doctor.bus_names import Bus, names_on_system_bus
from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, Words, words
from monitor.locale import N_

CODE = "machine.power"
INSTALL = N_("Install and start {service}, for instance `{command}`.")


def look(here: Surroundings) -> Iterator[Finding]:
    """Tell whether the saver can be seen; on Linux each service that tells."""
    has_battery = here.states.get("battery.percent") is not None
    if here.states.get("power.battery_saver") is True:
        yield Finding(
            "machine.power.saver",
            Verdict.NOTE,
            "",
            words(
                N_("the battery saver is on: one round takes {seconds:g} s instead of {usual:g} s"),
                seconds=max(here.settings.interval_s, here.settings.saver_interval_s),
                usual=here.settings.interval_s,
            ),
        )
    if here.system is System.LINUX:
        yield from judge_linux(names_on_system_bus(), has_battery=has_battery)
    elif not has_battery:
        reason = words(N_("there is no battery here"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
    elif here.states.get("power.battery_saver") is None:
        reason = words(N_("the system does not tell whether its battery saver is on"))
        yield Finding(CODE, Verdict.NOTE, "", reason)
    else:
        yield Finding(CODE, Verdict.OK, "", words(N_("battery and battery saver can be seen")))


def judge_linux(bus: Bus, *, has_battery: bool) -> Iterator[Finding]:
    """Return what the names on the system bus mean. Pure."""
    poor = Verdict.WARN if has_battery else Verdict.NOTE
    if not bus.is_there:
        reason = words(
            N_("there is no system bus (D-Bus): battery saver and sleep are not told of")
        )
        mend = _install("D-Bus", "sudo apt install dbus")
        yield Finding("machine.power.bus", poor, "D-Bus", reason, mend, bus.why_not)
        return
    if bus.has(*(name for name, _path in POWER_PROFILES)):
        reason = words(N_("tells whether the battery saver is on"))
        yield Finding("machine.power.profiles", Verdict.OK, "power-profiles-daemon", reason)
    else:
        yield _missing("machine.power.profiles", "power-profiles-daemon", poor)
    if bus.has(UPOWER):
        reason = words(N_("tells of mains and battery"))
        yield Finding("machine.power.upower", Verdict.OK, "UPower", reason)
    elif has_battery:
        reason = words(N_("is not there: going from mains to battery is seen late"))
        mend = _install("UPower", "sudo apt install upower")
        yield Finding("machine.power.upower", Verdict.WARN, "UPower", reason, mend)


def _missing(code: str, service: str, verdict: Verdict) -> Finding:
    reason = words(N_("is not there: the battery saver cannot be seen"))
    return Finding(code, verdict, service, reason, _install(service, f"sudo apt install {service}"))


def _install(service: str, command: str) -> Words:
    return words(INSTALL, service=service, command=command)


CHECK = Check(CODE, N_("battery saver"), look)
