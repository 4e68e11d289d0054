"""The five answers to "whose fault is it", in a few words each."""

from collections.abc import Mapping
from types import MappingProxyType

from monitor.diagnose.causes.interface import N_
from monitor.model import Family

FAMILIES: Mapping[Family, str] = MappingProxyType(
    {
        Family.NETWORK: N_("Network"),
        Family.APP: N_("The wallet app"),
        Family.SETTINGS: N_("Settings of the device"),
        Family.ACCOUNT: N_("The bank or the account"),
        Family.PERFORMANCE: N_("Performance of the device"),
    }
)
"""Family -> msgid."""
