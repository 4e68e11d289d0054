"""Notices: is there a desktop that shows them, who, with buttons, and does it want to."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from monitor.device.command import command_text
from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, Words, words
from monitor.locale import N_

CODE = "notices.server"
TRY = N_("See one with `{command}`.")
GNOME_S = 1.0
PROPERTY_S = 0.5
LOOK_FOR = {
    System.MACOS: N_("System Settings, Notifications: allow “Script Editor”, which shows them."),
    System.WINDOWS: N_(
        "Settings, System, Notifications: switch them on, and “Do not disturb” off."
    ),
}


@dataclass(frozen=True, slots=True)
class Server:
    """A notification server, as it describes itself."""

    name: str
    version: str
    has_buttons: bool
    is_quiet: bool | None
    """Do-not-disturb; None where it does not say."""


def look(here: Surroundings) -> Iterator[Finding]:
    """Ask the notification server who it is; no notice is shown."""
    if not here.settings.notify.enabled:
        reason = words(N_("switched off in the configuration"))
        yield Finding(CODE, Verdict.NOTE, "[notify] enabled", reason)
        return
    if here.system is not System.LINUX:
        reason = words(N_("whether the system lets them through can only be seen by trying"))
        mend = LOOK_FOR.get(here.system, TRY)
        yield Finding(CODE, Verdict.NOTE, "", reason, words(mend) if mend is not TRY else _try())
        return
    yield from _on_linux(here.environment)


def _on_linux(environment: Mapping[str, str]) -> Iterator[Finding]:
    from monitor.notify.session_bus import bus_address
    from monitor.notify.wire import NoDesktopError, ServerError, SilentError, Wire

    try:
        with closing(Wire(bus_address(environment, os.getuid()))) as wire:
            yield from judge(_server(wire, environment))
    except NoDesktopError as error:
        reason = words(N_("nobody here shows notices: disconnects are only written down"))
        mend = words(
            N_(
                "Start a notification service ({example}, for instance), or set "
                "`enabled = false` in `[notify]`."
            ),
            example="dunst",
        )
        yield Finding(CODE, Verdict.WARN, "", reason, mend, str(error))
    except SilentError as error:
        reason = words(
            N_("the notification service hangs: it took the question and gave no answer")
        )
        yield Finding(CODE, Verdict.FAIL, "", reason, _log_out(), str(error))
    except ServerError as error:
        reason = words(N_("the notification service refuses"))
        yield Finding(CODE, Verdict.FAIL, "", reason, _log_out(), str(error))


def _server(wire: object, environment: Mapping[str, str]) -> Server:
    from jeepney import DBusAddress, Properties, new_method_call

    from monitor.notify import session_bus
    from monitor.notify.wire import ServerError, SilentError, Wire

    assert isinstance(wire, Wire)
    found = session_bus.find_server(wire, environment)
    where = DBusAddress(
        session_bus.SERVER_PATH, bus_name=session_bus.SERVER, interface=session_bus.SERVER
    )
    name, _vendor, version, _specification = wire.ask(
        new_method_call(where, "GetServerInformation")
    )
    is_quiet: bool | None = None
    dunst = DBusAddress(
        session_bus.SERVER_PATH,
        bus_name=session_bus.SERVER,
        interface="org.dunstproject.cmd0",
    )
    for address, member in ((where, "Inhibited"), (dunst, "paused")):
        try:
            [answer] = wire.ask(Properties(address).get(member), PROPERTY_S)
        except SilentError:  # it has just answered: what it keeps silent about is not known
            break
        except ServerError:  # it has no such property: most have one of them at most
            continue
        # The body of Get is one variant: (signature, value).
        is_quiet = isinstance(answer, tuple) and answer[1] is True
        break
    if is_quiet is None and "gnome" in str(name).lower():
        is_quiet = _gnome_is_quiet()
    return Server(str(name), str(version), found.has_buttons, is_quiet)


def _gnome_is_quiet() -> bool | None:
    asked = ("gsettings", "get", "org.gnome.desktop.notifications", "show-banners")
    said = command_text(asked, timeout_s=GNOME_S)
    return None if said is None else said.strip() == "false"


def judge(server: Server) -> Iterator[Finding]:
    """Return what a server's account of itself means. Pure."""
    subject = f"{server.name} {server.version}".strip()
    if server.is_quiet:
        yield Finding(
            "notices.quiet",
            Verdict.WARN,
            subject,
            words(N_("“do not disturb” is on: notices are not seen")),
            words(N_("Switch it off in the desktop's notification settings.")),
        )
    if server.has_buttons:
        reason = words(N_("shows notices, with buttons"))
    else:
        reason = words(
            N_("shows notices, without buttons: answer with `{command}`"),
            command="walletwatch event confirm",
        )
    yield Finding(CODE, Verdict.OK if server.has_buttons else Verdict.NOTE, subject, reason, _try())


def _try() -> Words:
    return words(TRY, command="walletwatch notify test")


def _log_out() -> Words:
    return words(N_("Restart the notification service, or log out and in again."))


CHECK = Check("notices", N_("notices"), look, limit_s=7.0)
