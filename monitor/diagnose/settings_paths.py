"""The way through a phone's settings, by its maker: what keeps a wallet from being held back.

Three things matter everywhere: battery optimisation, starting and running in the background, and
background data. Menu names are facts of the makers' systems and differ a little between versions;
in Chinese they are those of a phone that speaks Chinese. No switch of these can be read from
outside: they are named, tried, and then it is measured again.
"""

from collections.abc import Mapping
from types import MappingProxyType

from monitor.diagnose.causes.interface import N_

GENERAL = N_(
    "Settings > Apps > the wallet: let it run in the background, take it out of battery "
    "optimisation, and allow background data. Settings > Battery: battery saver off while you pay."
)
"""For a phone whose maker is not known."""

PATHS: Mapping[str, str] = MappingProxyType(
    {
        "huawei": N_(
            "Settings > Battery > App launch > the wallet: turn off Manage automatically, then "
            "turn on Auto-launch, Secondary launch and Run in background. Settings > Battery > "
            "More battery settings: turn on Stay connected while asleep. Settings > Mobile network "
            "> Data usage > Network access: allow the wallet mobile data and Wi-Fi."
        ),
        "honor": N_(
            "Settings > Apps > App launch > the wallet: turn off Manage automatically, then turn "
            "on Auto-launch, Secondary launch and Run in background. Settings > Battery > More "
            "settings: turn on Stay connected while asleep. Settings > Mobile network > Data usage "
            "> Network access: allow the wallet mobile data and Wi-Fi."
        ),
        "xiaomi": N_(
            "Settings > Apps > Manage apps > the wallet: turn on Background autostart, set Battery "
            "saver to No restrictions, and allow mobile data, Wi-Fi and background data. In the "
            "recent apps, hold the wallet's card and lock it."
        ),
        "oppo": N_(
            "Settings > Apps > App management > the wallet: allow Auto launch; under Battery "
            "usage, allow background activity; under Data usage, allow background data. On "
            "OnePlus and realme phones the menus are the same or nearly so."
        ),
        "vivo": N_(
            "Settings > Apps > Autostart: turn on the wallet. Settings > Battery > Background "
            "power consumption management > the wallet: allow high background power consumption. "
            "i Manager > Data monitoring: allow the wallet mobile data and Wi-Fi. iQOO phones "
            "have the same menus."
        ),
        "samsung": N_(
            "Settings > Battery > Background usage limits > Never sleeping apps: add the wallet, "
            "and turn off Put unused apps to sleep. Settings > Connections > Data usage > Data "
            "saver > Allowed to use data while Data saver is on: turn on the wallet."
        ),
        "apple": N_(
            "Settings > Battery: Low Power Mode off while you pay. Settings > General > Background "
            "App Refresh: turn on the wallet. Settings > Cellular: turn on the wallet, and keep "
            "Low Data Mode off under Cellular Data Options."
        ),
    }
)
"""Maker, as in `[phone] maker` -> msgid."""
