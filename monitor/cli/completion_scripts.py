"""The scripts that bash, zsh and fish run to complete our commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from monitor.cli.completion import FILES, FOLDERS, KINDS, Place

_GLOBAL = ("--config", "--data-dir", "--lang")
"""Options whose value goes along when the program is asked: they say which store is meant."""

_BASH = """\
_walletwatch() {
    local IFS=$' \\t\\n' current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local place= word= skip= what= options= i
    local -a own
    own=()
    if [[ $current == "=" ]]; then current=; fi
    if [[ $previous == "=" ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == "=" ]]; then continue; fi
        if [[ -n $skip ]]; then
            if [[ $skip == own ]]; then own+=("$word"); fi
            skip=
            continue
        fi
        case $word in
            @GLOBAL@) own+=("$word"); skip=own; continue ;;
            @VALUED@) skip=other; continue ;;
            -*) continue ;;
        esac
        case "$place $word" in
            @WAYS@) place="${place:+$place }$word" ;;
        esac
    done
    case "$place $previous" in
@VALUES@
        *)
            case "$place" in
@PLACES@
            esac
            if [[ $current == -* ]]; then what=$options; fi ;;
    esac
    IFS=$'\\n'
    case $what in
        files) COMPREPLY=($(compgen -f -- "$current")) ;;
        folders) COMPREPLY=($(compgen -d -- "$current")) ;;
        :*)
            what=$("${COMP_WORDS[0]}" "${own[@]}" completion --values "${what#:}" 2>/dev/null)
            COMPREPLY=($(compgen -W "$what" -- "$current")) ;;
        *) IFS=$' \\t\\n'; COMPREPLY=($(compgen -W "$what" -- "$current")) ;;
    esac
}
"""

_FISH = """\
# fish completion for walletwatch
function __walletwatch_place
    set -l place ''
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        if contains -- $word @VALUED@
            set skip 1
            continue
        end
        set -l next (string trim -- "$place $word")
        if contains -- $next @WAYS@
            set place $next
        end
    end
    echo $place
end
function __walletwatch_at
    test (__walletwatch_place) = "$argv"
end
function __walletwatch_values
    set -l own
    set -l keep 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $keep = 1
            set -a own $word
            set keep 0
        else if contains -- $word @GLOBAL@
            set -a own $word
            set keep 1
        end
    end
    $words[1] $own completion --values $argv 2>/dev/null
end
complete -c walletwatch -f
"""


_REGISTERED = "complete -F _walletwatch walletwatch\n"


def bash(places: Sequence[Place]) -> str:
    """Return the script for bash."""
    return f"# bash completion for walletwatch\n{_function(places)}{_REGISTERED}"


def zsh(places: Sequence[Place]) -> str:
    """Return the script for zsh, which can run what is written for bash."""
    start = "#compdef walletwatch\n# zsh completion for walletwatch\n"
    bridge = "autoload -U +X bashcompinit && bashcompinit\n"
    return f"{start}{bridge}{_function(places)}{_REGISTERED}"


def _function(places: Sequence[Place]) -> str:
    """Return the function that bash and zsh share."""
    here = {
        "@GLOBAL@": "|".join(_GLOBAL),
        "@VALUED@": "|".join(n for n in _valued(places) if n not in _GLOBAL),
        "@WAYS@": "|".join(f'"{place.path} {name}"' for place in places for name, _ in place.below),
        "@VALUES@": "\n".join(_value_cases(places)),
        "@PLACES@": "\n".join(_place_cases(places)),
    }
    return _filled(_BASH, here)


def _value_cases(places: Sequence[Place]) -> Iterator[str]:
    """Yield what follows each option that takes a value; the global ones go anywhere."""
    for place in places:
        for option in place.options:
            if option.value is not None:
                before = f'"{place.path} ' if place.path else '*" '
                names = "|".join(f'{before}{name}"' for name in option.names)
                yield f"        {names}) what='{_asked(option.value)}' ;;"


def _place_cases(places: Sequence[Place]) -> Iterator[str]:
    """Yield what may follow each command."""
    for place in places:
        follows = " ".join(name for name, _ in place.below) or _asked(place.argument or "")
        shown = [*place.options, *(places[0].options if place.path else ())]
        options = " ".join(dict.fromkeys(n for option in shown for n in option.names))
        options = f"{options} --help"
        yield f"                '{place.path}') what='{follows}' options='{options}' ;;"


def fish(places: Sequence[Place]) -> str:
    """Return the script for fish, with a description beside each word."""
    here = {
        "@GLOBAL@": " ".join(_GLOBAL),
        "@VALUED@": " ".join(_valued(places)),
        "@WAYS@": " ".join(
            f"'{f'{p.path} {name}'.strip()}'" for p in places for name, _ in p.below
        ),
    }
    return _filled(_FISH, here) + "".join(f"{line}\n" for line in _fish_lines(places))


def _fish_lines(places: Sequence[Place]) -> Iterator[str]:
    """Yield a line for each word that fish may offer."""
    for place in places:
        at = f"""complete -c walletwatch -n '__walletwatch_at "{place.path}"'"""
        for name, told in place.below:
            yield f"{at} -a {name} -d {_quoted(told)}"
        if place.argument:
            yield f"{at} {_fish_value(place.argument)}"
        for option in place.options:
            names = " ".join(
                f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                for name in option.names
            )
            value = "" if option.value is None else f" -r {_fish_value(option.value)}".rstrip()
            where = at if place.path else "complete -c walletwatch"
            yield f"{where} {names}{value} -d {_quoted(option.help)}"


def _fish_value(value: str) -> str:
    """Return how fish is told what a value may be."""
    if value in KINDS:
        return f"-a '(__walletwatch_values {value})'"
    if value == FILES:
        return "-F"
    return "-a '(__fish_complete_directories)'" if value == FOLDERS else f"-a '{value}'"


def _valued(places: Sequence[Place]) -> list[str]:
    """Return every option that takes a value."""
    options = [option for place in places for option in place.options if option.value is not None]
    return sorted({name for option in options for name in option.names})


def _asked(value: str) -> str:
    """Return a value as the script has it: what must be asked from the program has a colon."""
    return f":{value}" if value in KINDS else value


def _quoted(text: str) -> str:
    """Return a text as one word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _filled(script: str, here: Mapping[str, str]) -> str:
    for mark, words in here.items():
        script = script.replace(mark, words)
    return script


SCRIPTS: Mapping[str, Callable[[Sequence[Place]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
