"""What a person reads: counts and hours, and never that something is proven."""

import pytest

from monitor.correlate.factors.registry import FACTORS
from monitor.correlate.words import TITLES, sentence, title
from monitor.locale import translator
from monitor.model import Adjusted, Factor, FactorVerdict

ENGLISH = translator("en")


def factor(
    verdict: FactorVerdict,
    ratio: tuple[float | None, float | None, float | None] = (4.2, 1.3, 14.0),
    adjusted: Adjusted | None = None,
) -> Factor:
    return Factor(
        key="power.battery_saver",
        exposed_s=9.5 * 3600,
        exposed_count=6,
        unexposed_s=84 * 3600,
        unexposed_count=1,
        rate_ratio=ratio[0],
        ci_low=ratio[1],
        ci_high=ratio[2],
        p=0.001,
        q=0.01,
        verdict=verdict,
        adjusted=adjusted,
    )


COUNTED = "Battery saver on: 6 incidents in 9.5 h, and 1 incident in 84 h otherwise."


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (factor(FactorVerdict.NOT_ENOUGH), "Too few to tell."),
        (factor(FactorVerdict.NO_EVIDENCE), "No difference beyond chance."),
        (
            factor(FactorVerdict.RAISES),
            "4.2 times as often per hour (at 95 %: between 1.3 and 14)."
            " This is a pattern, not a proof.",
        ),
        (
            factor(FactorVerdict.RAISES, (None, 2.5, None)),
            "All of them came then: at least 2.5 times as often per hour (at 95 %)."
            " This is a pattern, not a proof.",
        ),
        (
            factor(FactorVerdict.LOWERS, (0.0, 0.0, 0.7)),
            "None came then. This is a pattern, not a proof.",
        ),
        (
            factor(FactorVerdict.RAISES, (30.0, 3.0, 5000.0)),
            "30 times as often per hour (at 95 %: 3.0 or more). This is a pattern, not a proof.",
        ),
    ],
)
def test_each_verdict(one: Factor, said: str) -> None:
    assert sentence(one, ENGLISH) == f"{COUNTED} {said}"


@pytest.mark.parametrize(
    ("verdict", "is_left", "said"),
    [
        (FactorVerdict.RAISES, True, "It is left without “Battery low, not charging”, too."),
        (FactorVerdict.RAISES, None, "the two cannot be told apart yet."),
        (FactorVerdict.NO_EVIDENCE, False, "apart from that, no difference beyond chance."),
    ],
)
def test_what_is_left_beside_the_low_battery(
    verdict: FactorVerdict, is_left: bool | None, said: str
) -> None:
    adjusted = Adjusted("battery.low", 1.0, 0.5, is_left)
    assert sentence(factor(verdict, adjusted=adjusted), ENGLISH).endswith(said)


def test_subjects_are_named_whatever_is_in_them() -> None:
    assert title("wifi.ssid", "{x} </script> 😀", ENGLISH) == "On the Wi-Fi “{x} </script> 😀”"
    assert title("time.hour", "06-12", ENGLISH) == "Between 6 and 12 o'clock"
    assert title("time.hour", "00-06", ENGLISH) == "Between 0 and 6 o'clock"
    assert title("link.kind", "ethernet", ENGLISH) == "Connected by cable"
    assert title("app.version", "2.1-beta", ENGLISH) == "Wallet app version 2.1-beta"


def test_every_factor_has_its_title() -> None:
    """Fourteen lines in the registry, of which the one of the way gives two."""
    assert len(FACTORS) == 13
    assert len(TITLES) == 14
