"""`make manual`: the man pages and the shells' completions in share/, out of the commands."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor import __version__
from monitor.cli.commands import leaves, translate
from monitor.cli.completion import places
from monitor.cli.completion_scripts import SCRIPTS
from monitor.cli.main import whole
from monitor.locale import Translator, translator

ROOT = Path(__file__).resolve().parents[1]
DATED = "2026-11-23"
"""A man page names a day; this is the day of its plan, so that the text alone changes it."""
SHELL_FILES = {
    "bash": "bash-completion/completions/walletwatch",
    "zsh": "zsh/site-functions/_walletwatch",
    "fish": "fish/vendor_completions.d/walletwatch.fish",
}
PAGES = {"en": "man/man1/walletwatch.1", "zh": "man/zh_CN/man1/walletwatch.1"}

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "name": "tells why a bank wallet lost its connection, and what to do",
        "NAME": "NAME",
        "SYNOPSIS": "SYNOPSIS",
        "DESCRIPTION": "DESCRIPTION",
        "COMMANDS": "COMMANDS",
        "OPTIONS": "OPTIONS",
        "ENVIRONMENT": "ENVIRONMENT",
        "FILES": "FILES",
        "EXIT STATUS": "EXIT STATUS",
        "options": "options",
        "command": "command",
        "about": "walletwatch measures this computer's network and state all the time, notices each"
        " disconnect of the wallet the moment it happens, and tells why it happened and what to do:"
        " as a desktop notice, as a page on demand, and in a weekly report. It needs no"
        " configuration. Nothing but its probes leaves the machine.",
        "everywhere": "These go before or behind any command.",
        "data": "the database and the weekly reports (Linux)",
        "config": "the configuration, if there is one (Linux)",
        "as": "The same as {option}.",
        "0": "Done.",
        "1": "Failed while running.",
        "2": "Wrong use or input; one sentence says where, and how to mend it.",
    },
    "zh": {
        "name": "查明银行钱包为什么断线，以及该怎么办",
        "NAME": "名称",
        "SYNOPSIS": "用法",
        "DESCRIPTION": "说明",
        "COMMANDS": "命令",
        "OPTIONS": "选项",
        "ENVIRONMENT": "环境变量",
        "FILES": "文件",
        "EXIT STATUS": "退出码",
        "options": "选项",
        "command": "命令",
        "about": "walletwatch 持续测量这台电脑的网络和状态，在钱包断线的那一刻就发现它，"
        "并说明原因和办法：用桌面通知、随时可查的分析，以及每周一份报告。无需配置即可使用。"
        "除了探测本身，没有任何数据离开这台电脑。",
        "everywhere": "以下选项写在任何命令的前面或后面都可以。",
        "data": "数据库和每周报告（Linux）",
        "config": "配置文件，可以没有（Linux）",
        "as": "作用与 {option} 相同。",
        "0": "完成。",
        "1": "运行中失败。",
        "2": "用法或输入有误；会用一句话指出位置和改法。",
    },
}


def escaped(text: str) -> str:
    """Return a text as roff has it; a leading dot or quote would be a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain[:1] in (".", "'") else plain


def signature(parameter: Any) -> str:
    """Return an option or argument with its value, names bold."""
    metavar = f"\\fI{escaped(parameter.metavar or '')}\\fR" if parameter.metavar else ""
    if not parameter.opts[0].startswith("-"):
        return metavar
    names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in parameter.opts)
    return names if parameter.is_flag else f"{names} {metavar}"


def synopsis(words: str, command: Any) -> str:
    """Return the line of a command: its name, what it must have and may have."""
    parts = [f"\\fB{escaped(words)}\\fR"]
    for parameter in shown(command):
        part = signature(parameter)
        parts.append(part if parameter.required else f"[{part}]")
    return " ".join(parts)


def shown(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if not parameter.hidden]


def page(command: Any, tr: Translator, version: str) -> Iterator[str]:
    """Yield the lines of the man page."""
    words = WORDS[tr.language]
    yield '.\\" made out of the commands by `make manual`'
    yield f'.TH WALLETWATCH 1 {DATED} "walletwatch {version}"'
    yield f".SH {words['NAME']}"
    yield f"walletwatch \\- {escaped(words['name'])}"
    yield f".SH {words['SYNOPSIS']}"
    yield f"\\fBwalletwatch\\fR [\\fI{words['options']}\\fR] \\fI{words['command']}\\fR"
    yield f".SH {words['DESCRIPTION']}"
    yield escaped(words["about"])
    yield f".SH {words['COMMANDS']}"
    for path, each in leaves(command):
        if each.hidden:
            continue
        yield ".TP"
        yield synopsis(" ".join(path), each)
        yield escaped(each.help or "")
        for parameter in shown(each):
            if parameter.help:
                yield ".RS"
                yield ".TP"
                yield signature(parameter)
                yield escaped(parameter.help)
                yield ".RE"
    yield f".SH {words['OPTIONS']}"
    yield escaped(words["everywhere"])
    for parameter in shown(command):
        yield from (".TP", signature(parameter), escaped(parameter.help or ""))
    yield f".SH {words['ENVIRONMENT']}"
    for parameter in shown(command):
        if parameter.envvar:
            told = words["as"].format(option=parameter.opts[0])
            yield from (".TP", f"\\fB{parameter.envvar}\\fR", escaped(told))
    yield f".SH {words['FILES']}"
    yield from (".TP", "\\fI~/.local/share/walletwatch/\\fR", escaped(words["data"]))
    yield from (".TP", "\\fI~/.config/walletwatch/config.toml\\fR", escaped(words["config"]))
    yield f".SH {words['EXIT STATUS']}"
    for code in ("0", "1", "2"):
        yield from (".TP", f"\\fB{code}\\fR", escaped(words[code]))


def made() -> dict[str, str]:
    """Return every file of share/ by its name there, with its text."""
    files = {}
    for language, name in PAGES.items():
        command, tr = whole(), translator(language)
        translate(command, tr)
        files[name] = "".join(f"{line}\n" for line in page(command, tr, __version__))
    command = whole()
    translate(command, translator("en"))
    for shell, name in SHELL_FILES.items():
        files[name] = SCRIPTS[shell](tuple(places(command)))
    return files


def main() -> int:
    for name, text in made().items():
        file = ROOT / "share" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
