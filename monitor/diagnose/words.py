"""Findings, evidence and fixes in the user's language: calm, short, and never failing.

A value that a text asks for and nobody measured is shown as "?".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from monitor.diagnose import evidence as shared
from monitor.diagnose.care import CARE_OF
from monitor.diagnose.causes.interface import N_
from monitor.diagnose.causes.registry import CAUSE_OF, CAUSES
from monitor.diagnose.families import FAMILIES
from monitor.diagnose.fixes import FIX_OF
from monitor.diagnose.settings_paths import GENERAL, PATHS
from monitor.model import CareCode, CauseCode, Evidence, EvidenceValue, Family, Finding, FixCode

UNKNOWN = "?"

_YES, _NO = N_("yes"), N_("no")


class Words(Protocol):
    """Turns English text into the user's language; `monitor.locale.Translator` is one."""

    def text(self, msgid: str) -> str:
        """Return the text in the user's language."""
        ...

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form of the text that fits `count`."""
        ...


EVIDENCE_TEXTS: Mapping[str, str] = MappingProxyType(
    dict(shared.TEXTS)
    | {code: text for cause in CAUSES for code, text in cause.evidence_texts.items()}
)
"""Evidence code -> msgid, of every cause and the shared ones."""


def cause_title(code: CauseCode, tr: Words) -> str:
    """Return a cause in a few words."""
    return tr.text(CAUSE_OF[code].title)


def cause_summary(finding: Finding, tr: Words) -> str:
    """Return a finding in one sentence, filled from its evidence."""
    values: dict[str, EvidenceValue] = {}
    for item in reversed(finding.evidence):
        if item.supports:
            values.update(item.values)
    return _filled(CAUSE_OF[finding.cause].summary, values, tr)


def cause_text(code: CauseCode, tr: Words) -> str:
    """Return what a cause is, how it is seen and why it ends a session: two to four sentences."""
    return tr.text(CAUSE_OF[code].text)


def family_title(family: Family, tr: Words) -> str:
    """Return one of the five answers to "whose fault is it" in a few words."""
    return tr.text(FAMILIES[family])


def evidence_text(evidence: Evidence, tr: Words) -> str:
    """Return an observation in one sentence; the bare code where no words are known for it."""
    msgid = EVIDENCE_TEXTS.get(evidence.code)
    return evidence.code if msgid is None else _filled(msgid, evidence.values, tr)


def fix_title(code: FixCode, tr: Words) -> str:
    """Return what to do in a few words."""
    return tr.text(FIX_OF[code].title)


def fix_text(code: FixCode, tr: Words) -> str:
    """Return how to do it in a few sentences."""
    return tr.text(FIX_OF[code].text)


def settings_path(maker: str, tr: Words) -> str:
    """Return the way through the phone's settings; the general one for a maker not known.

    The menus are named as a phone shows them that speaks the user's language.
    """
    return tr.text(PATHS.get(maker.strip().lower(), GENERAL))


def care_title(code: CareCode, tr: Words) -> str:
    """Return a piece of daily care in a few words."""
    return tr.text(CARE_OF[code].title)


def care_text(code: CareCode, tr: Words) -> str:
    """Return a piece of daily care in a few sentences, short enough for a notice."""
    return tr.text(CARE_OF[code].text)


class _Values(dict[str, str]):
    """Values as text, with "?" for one that nobody measured."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


def _filled(msgid: str, values: Mapping[str, EvidenceValue], tr: Words) -> str:
    shown = _Values({name: _shown(value, tr) for name, value in values.items()})
    for name, value in values.items():
        if name.endswith("_ratio") and isinstance(value, int | float):
            shown[name.removesuffix("_ratio") + "_percent"] = _shown(100.0 * value, tr)
    return tr.text(msgid).format_map(shown)


def _shown(value: EvidenceValue, tr: Words) -> str:
    """Return a value as text: tenths where they matter, no false precision."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return tr.text(_YES if value else _NO)
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0") if abs(value) < 100 else f"{value:.0f}"
    return str(value)
