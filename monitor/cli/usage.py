"""Wrong use of the command line, as typer says it, in one sentence of our own."""

from __future__ import annotations

import re
from typing import Any

from monitor.locale import N_, Translator

# typer keeps its kinds of error to itself, so that its sentences are what can be held on to; a test
# makes each of them happen, and one that is not known is passed on as it is.
_SENTENCES = (
    (r"No such option: (?P<name>\S+)", N_("there is no option {name}")),
    (
        r"No such command '(?P<name>.*)'\. Did you mean '(?P<near>[^']*)'.*",
        N_("there is no command {name}; did you mean {near}?"),
    ),
    (r"No such command '(?P<name>.*)'\.", N_("there is no command {name}")),
    (r"Missing argument '(?P<name>.*?)'\..*", N_("{name} is missing")),
    (r"Missing option '(?P<name>.*?)'\..*", N_("the option {name} is missing")),
    (r"Missing command\.", N_("a command is missing")),
    (r"Got unexpected extra argument\(s\) \((?P<name>.*)\)", N_("{name} is too much here")),
    (r"Option '(?P<name>.*)' requires .*", N_("the option {name} needs a value")),
    (r"Option '(?P<name>.*)' does not take a value\.", N_("the option {name} takes no value")),
)
_KNOWN = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _SENTENCES)
_NEAR = re.compile(r" \(Possible options: (.*)\)$")


def sentence(error: Any, tr: Translator) -> str:
    """Return what was wrong, and which help tells more."""
    text = error.format_message()
    near = _NEAR.search(text)
    told = _translated(_NEAR.sub("", text), tr)
    if near is not None:
        told += tr.text(N_("; did you mean {near}?")).format(near=near[1])
    context = getattr(error, "ctx", None)
    if context is None:
        return told
    words = tr.text(N_("{told} (see {command} --help)"))
    return words.format(told=told, command=context.command_path)


def _translated(text: str, tr: Translator) -> str:
    for pattern, words in _KNOWN:
        found = pattern.fullmatch(text)
        if found is not None:
            return tr.filled(words, found.groupdict())
    return text
