"""State changes -> the time in which each label held."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from monitor.correlate.exposure import Span, Spans, length_ms, union
from monitor.correlate.factors.interface import Held, Scene, Source
from monitor.model import EpochMs, StateChange, StateValue

MOST_SUBJECTS = 8
"""Networks or versions compared: someone who travels meets dozens, and each further question makes
the answers to all others weaker."""

LINGER_MS = 60_000
"""A network that is lost takes its name and signal along, often before the session's end is dated:
for a minute after it became unknown, what held before still answers for what happens."""

Label = bool | str | None
"""What held: yes or no, or a name; None where it is not known. "" is a name that is not told."""
Read = Callable[[Sequence[StateValue]], Label]
"""Makes a label from the values of a factor's keys, in the order of the keys."""


def yes_or_no(key: str, state_keys: Sequence[str], read: Read) -> Source:
    """Return the factor that holds where `read` says True."""

    def source(scene: Scene) -> list[Held]:
        times = timeline(scene, state_keys, read)
        held = times.get(True, ())
        return [Held(key, "", held, union((*held, *times.get(False, ()))))]

    return source


def one_each(key: str, state_keys: Sequence[str], read: Read) -> Source:
    """Return the factors of the names that `read` gives, those that held longest."""

    def source(scene: Scene) -> list[Held]:
        times = timeline(scene, state_keys, read)
        known = union(span for spans in times.values() for span in spans)
        names = [name for name in times if isinstance(name, str) and name]
        longest = sorted(names, key=lambda name: (-length_ms(times[name]), name))
        return [Held(key, name, times[name], known) for name in longest[:MOST_SUBJECTS]]

    return source


def timeline(scene: Scene, state_keys: Sequence[str], read: Read) -> Mapping[Label, Spans]:
    """Return for each known label when it held within the week."""
    found: dict[Label, list[Span]] = {}
    turns = _turns(scene, state_keys, read)
    lingering: Label = None
    for (at_ms, label), (end_ms, _) in pairwise([*turns, (scene.week.until_ms, None)]):
        if label is not None:
            found.setdefault(label, []).append((at_ms, end_ms))
        elif lingering is not None:
            found[lingering].append((at_ms, min(at_ms + LINGER_MS, end_ms)))
        lingering = label
    return {one: union(spans) for one, spans in found.items()}


def _turns(scene: Scene, state_keys: Sequence[str], read: Read) -> list[tuple[EpochMs, Label]]:
    """Return from which instant on which label held; two that follow each other differ."""
    turns: list[tuple[EpochMs, Label]] = []
    values: list[StateValue] = [None] * len(state_keys)
    for at_ms, index, change in _in_order(scene, state_keys):
        values[index] = change.value
        label = read(values)
        if not turns or turns[-1][1] != label:
            turns.append((at_ms, label))
    return turns


def _in_order(scene: Scene, state_keys: Sequence[str]) -> list[tuple[EpochMs, int, StateChange]]:
    """Return the changes of the keys in time order, none dated before the week."""
    found = [
        (max(change.at_ms, scene.week.since_ms), index, change)
        for index, key in enumerate(state_keys)
        for change in scene.changes.get(key, ())
    ]
    found.sort(key=lambda entry: entry[0])
    return found


def number(value: StateValue) -> float | None:
    """Return the value as a number; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def flag(values: Sequence[StateValue]) -> bool | None:
    """Return the first value where it is yes or no; None for anything else."""
    return values[0] if isinstance(values[0], bool) else None
