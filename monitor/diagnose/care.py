"""Daily care: six things that keep a wallet safe, as gentle reminders.

They are no fixes: nothing has happened when one is shown. So each is an invitation with its reason,
short enough for a notice, and none of them frightens. Their order is the order of the reminders.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.diagnose.causes.interface import N_
from monitor.model import CareCode


@dataclass(frozen=True, slots=True)
class Care:
    """One piece of daily care."""

    code: CareCode
    title: str
    """A msgid of a few words: the title of a notice."""
    text: str
    """A msgid of two or three sentences: the body of a notice."""


CARES: tuple[Care, ...] = (
    Care(
        CareCode.PUBLIC_WIFI,
        N_("A network of your own is best for payments"),
        N_(
            "Nobody can tell who runs a public Wi-Fi, or who listens there. Leave signing in to "
            "the wallet, and paying, for mobile data or the Wi-Fi at home."
        ),
    ),
    Care(
        CareCode.PASSWORD,
        N_("Your password is yours alone"),
        N_(
            "Tell it to nobody, not even to the bank's staff; this program never asks for it. A "
            "new one every few months, made in the wallet app and used nowhere else, is a good "
            "habit."
        ),
    ),
    Care(
        CareCode.PHISHING,
        N_("Calls and messages can pretend to be the bank"),
        N_(
            "Do not believe one that wants a verification code, or wants a link to be opened, "
            "whatever name it gives. When in doubt, ask the bank yourself (ICBC: 95588)."
        ),
    ),
    Care(
        CareCode.TWO_FACTOR,
        N_("A second lock for your account"),
        N_(
            "With two-factor verification, somebody who has guessed the password still does not "
            "get in. You find it among the security settings of the wallet app."
        ),
    ),
    Care(
        CareCode.STATEMENT,
        N_("A look at your latest transactions"),
        N_(
            "Once a week is a good habit. If one was not yours, call the bank first (ICBC: 95588) "
            "and have the account frozen, then report it to the police: the sooner, the better."
        ),
    ),
    Care(
        CareCode.ADVISORIES,
        N_("What the bank says about security"),
        N_(
            "ICBC publishes security notices in its app and on its official website; they are "
            "worth a look now and then. Keep the app at the newest version as well, from the "
            "device's own app store."
        ),
    ),
)

CARE_OF: Mapping[CareCode, Care] = MappingProxyType({care.code: care for care in CARES})
"""Code -> care."""
