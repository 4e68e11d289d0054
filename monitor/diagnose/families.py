"""The five answers to "whose fault is it", and what each means."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.diagnose.causes.interface import N_
from monitor.model import Family


@dataclass(frozen=True, slots=True)
class FamilyWords:
    """One of the five."""

    family: Family
    title: str
    """A msgid of a few words."""
    text: str
    """A msgid of one sentence: what belongs to it."""


FAMILIES: tuple[FamilyWords, ...] = (
    FamilyWords(
        Family.NETWORK,
        N_("Network"),
        N_("The way from this device to the bank: Wi-Fi, router, internet provider, names."),
    ),
    FamilyWords(
        Family.APP,
        N_("The wallet app"),
        N_("The app itself: an old version, a crash, or somebody ended it."),
    ),
    FamilyWords(
        Family.SETTINGS,
        N_("Settings of the device"),
        N_("A setting that holds the app back: battery saver, data saver, background limits."),
    ),
    FamilyWords(
        Family.ACCOUNT,
        N_("The bank or the account"),
        N_("The bank's side: its service, or a protection of the account."),
    ),
    FamilyWords(
        Family.PERFORMANCE,
        N_("Performance of the device"),
        N_("Too little memory or computing power, so the app answers too late."),
    ),
)

FAMILY_OF: Mapping[Family, FamilyWords] = MappingProxyType({f.family: f for f in FAMILIES})
"""Code -> words."""
