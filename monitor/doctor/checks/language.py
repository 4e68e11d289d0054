"""The language: where it comes from, and whether the terminal and the desktop can show it."""

import shutil
import sys
from collections.abc import Iterator

from monitor.device.command import command_text
from monitor.doctor.interface import Check, Finding, Surroundings, System, Verdict, words
from monitor.locale import N_

CODE = "machine.language"
FONTS_S = 2.0
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def look(here: Surroundings) -> Iterator[Finding]:
    """Look at the output's encoding, the locale, and on a Linux desktop at the fonts."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if here.language == "zh" and encoding not in ("utf8", "gbk", "gb18030", "cp936", "gb2312"):
        yield Finding(
            CODE,
            Verdict.WARN,
            "",
            words(N_("this terminal cannot show Chinese ({encoding})"), encoding=encoding or "?"),
            words(
                N_("Set the locale to UTF-8, for instance `{command}`."),
                command="export LANG=zh_CN.UTF-8",
            ),
        )
        return
    yield judge_locale(here)
    if here.language == "zh" and here.system is System.LINUX and _has_display(here):
        yield from _fonts()


def judge_locale(here: Surroundings) -> Finding:
    """Return what the environment says of the language. Pure."""
    said = next((here.environment[name] for name in VARIABLES if here.environment.get(name)), "")
    if here.system is System.LINUX and said.partition(".")[0] in ("", "C", "POSIX"):
        return Finding(
            CODE,
            Verdict.NOTE,
            said,
            words(N_("the system names no language; English is spoken unless told otherwise")),
            words(N_("Set `{setting}` for notices, or use `--lang`."), setting='language = "zh"'),
        )
    return Finding(CODE, Verdict.OK, "", words("{language}", language=said or here.language))


def _has_display(here: Surroundings) -> bool:
    return bool(here.environment.get("DISPLAY") or here.environment.get("WAYLAND_DISPLAY"))


def _fonts() -> Iterator[Finding]:
    if shutil.which("fc-list") is None:
        return
    found = command_text(("fc-list", ":lang=zh", "family"), timeout_s=FONTS_S)
    if found is not None and not found.strip():
        yield Finding(
            "machine.language.fonts",
            Verdict.WARN,
            "",
            words(N_("no font on this machine has Chinese characters: notices would show boxes")),
            words(
                N_("Install one, for instance `{command}`."),
                command="sudo apt install fonts-noto-cjk",
            ),
        )


CHECK = Check(CODE, N_("language"), look)
