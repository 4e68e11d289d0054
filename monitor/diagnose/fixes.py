"""What a person can do: the catalogue of fixes, in the order in which they are worth trying.

The words are for people who are in the middle of a payment: short and calm. None of them asks for
anything secret or carries a link; the bank is reached by its number, its own app, its official
website or a branch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.diagnose.causes.interface import N_
from monitor.model import FixCode


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do."""

    code: FixCode
    title: str
    """A msgid of a few words, fit for a notice."""
    text: str
    """A msgid of a few sentences: how."""


FIXES: tuple[Fix, ...] = (
    Fix(
        FixCode.CHECK_NETWORK,
        N_("Check the network, or switch to another one"),
        N_(
            "See whether anything else on this device reaches the internet. Try mobile data "
            "instead of Wi-Fi, or the other way round. If only the Wi-Fi fails, restart the "
            "router and give it two minutes."
        ),
    ),
    Fix(
        FixCode.STRONGER_SIGNAL,
        N_("Move to where the signal is stronger"),
        N_(
            "Go closer to the router, or out of the underground car park, lift or cellar, and try "
            "again. In remote places a spot higher up or near a window often helps."
        ),
    ),
    Fix(
        FixCode.UPDATE_APP,
        N_("Update the wallet app"),
        N_(
            "Look for a newer version in the app store that came with the device, and install "
            "it from there only. New versions mend known faults, so a look once a month is worth "
            "it even when all is well."
        ),
    ),
    Fix(
        FixCode.REVIEW_SETTINGS,
        N_("See whether a setting restricts the wallet"),
        N_(
            "In the settings of the device, let the wallet app run in the background and use the "
            "network without limits. Switch battery saver off while you pay, or plug in the "
            "charger: with a low battery some systems restrict apps by themselves. Look again "
            "after each system update, which may bring the restriction back."
        ),
    ),
    Fix(
        FixCode.SIGN_IN_AGAIN,
        N_("Start the session in the wallet app afresh"),
        N_(
            "If the network, the app's version and the settings are all fine: sign out inside "
            "the wallet app that you always use, and in again. That begins a fresh session and "
            "may lift a restriction. Never do so because a message or a caller asks for it."
        ),
    ),
    Fix(
        FixCode.FREE_MEMORY,
        N_("Close programs that you do not need"),
        N_(
            "Close what you are not using, above all games and browsers with many tabs, and try "
            "again. If the device stays slow, restart it; some free storage helps as well."
        ),
    ),
    Fix(
        FixCode.SECURE_ACCOUNT,
        N_("Look after the safety of your account"),
        N_(
            "Inside the bank's own app, look for sign-ins and payments that were not yours. "
            "Change the password there from time to time and turn two-step verification on. "
            "Passwords and verification codes are for nobody else; this program never asks for "
            "them."
        ),
    ),
    Fix(
        FixCode.CONTACT_BANK,
        N_("If nothing helps: ask the bank (ICBC: 95588)"),
        N_(
            "Call ICBC's service line 95588, use the online service in its own app or on its "
            "official website (type the address yourself), or go to a branch. Say when it "
            "happened and what this program found; it has the times."
        ),
    ),
    Fix(
        FixCode.READ_FAQ,
        N_("Look into the bank's own questions and answers"),
        N_(
            "The help section in the bank's app and on its official website answers the common "
            "questions, and tells of maintenance. User communities can help too, but share "
            "nothing personal there."
        ),
    ),
    Fix(
        FixCode.SAFE_CHANNELS,
        N_("Share personal details with the bank alone"),
        N_(
            "Give personal details only to the bank itself, through its own app, its own number "
            "or at its counter, and never in a user community. No honest helper asks for a "
            "password, a verification code or a remote-control app: whoever does is not from the "
            "bank."
        ),
    ),
)

FIX_OF: Mapping[FixCode, Fix] = MappingProxyType({fix.code: fix for fix in FIXES})
"""Code -> fix."""
