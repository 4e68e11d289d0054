"""From findings to a letter, by a rule that is told with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.doctor.interface import Finding, Verdict, Words, words
from monitor.locale import N_

ESSENTIAL = frozenset({"machine.config", "data.folder", "data.database", "network.link"})
"""Where one of these fails, nothing is recorded at all, or nothing can be measured."""

HEARING = frozenset({"network.anchors", "network.resolvers", "wallets.host"})
"""Where all of these fail, nothing at all is heard."""

FEW = 2
"""So many warnings are a good machine with something left to do."""

MENDS = 2
"""So many mends are told at the end: more would not be done."""

RULE = N_(
    "A: nothing to mend. B: one or two things could be better. C: three or more. "
    "D: something does not work. F: walletwatch cannot do its work here."
)


@dataclass(frozen=True, slots=True)
class Grade:
    """The letter, and why."""

    letter: str
    """A, B, C, D or F."""
    why: Words

    @property
    def can_work(self) -> bool:
        """False where something essential cannot work."""
        return self.letter != "F"


def grade_of(findings: Sequence[Finding]) -> Grade:
    """Return the grade by `RULE`; what is not known counts like something that could be better."""
    failed = [each for each in findings if each.verdict is Verdict.FAIL]
    poor = [each for each in findings if each.verdict in (Verdict.WARN, Verdict.UNKNOWN)]
    if any(each.code in ESSENTIAL for each in failed):
        return Grade("F", words(N_("Something that walletwatch cannot do without does not work.")))
    if _is_deaf(findings):
        return Grade("F", words(N_("Nothing at all answers: there is nothing to measure with.")))
    if failed:
        return Grade("D", words(N_("Things that do not work: {count}."), count=len(failed)))
    if len(poor) > FEW:
        return Grade("C", words(N_("Things that could be better: {count}."), count=len(poor)))
    if poor:
        return Grade("B", words(N_("Things that could be better: {count}."), count=len(poor)))
    return Grade("A", words(N_("Everything that walletwatch needs is there.")))


def _is_deaf(findings: Sequence[Finding]) -> bool:
    heard = [each.verdict for each in findings if each.code in HEARING]
    lost = [each for each in heard if each in (Verdict.FAIL, Verdict.UNKNOWN)]
    return bool(heard) and len(lost) == len(heard) and Verdict.FAIL in heard


def most_useful(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings whose mends help most: what is essential, what failed, what is poor.

    A mend is told once. Among equals the order of the registry holds: nearest first.
    """
    order = {Verdict.FAIL: 1, Verdict.WARN: 2, Verdict.UNKNOWN: 3}
    with_mend = [each for each in findings if each.mend is not None and each.verdict in order]
    with_mend.sort(
        key=lambda each: (
            0 if each.verdict is Verdict.FAIL and each.code in ESSENTIAL else order[each.verdict]
        )
    )
    chosen: list[Finding] = []
    seen: set[str] = set()
    for each in with_mend:
        assert each.mend is not None
        if each.mend.text not in seen:
            seen.add(each.mend.text)
            chosen.append(each)
        if len(chosen) == MENDS:
            break
    return chosen
