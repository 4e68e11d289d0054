"""Daily care, how the numbers were made, and what walletwatch itself took."""

from monitor.report.charts.markup import Markup, element
from monitor.report.html.wording import folded, section
from monitor.report.interface import OwnCost, WeekSummary, Words


def care(summary: WeekSummary, words: Words) -> Markup:
    """Return the week's reminder; nothing where there is none."""
    if summary.care is None:
        return Markup()
    return section(
        "care",
        words.text("Daily care"),
        element("p", element("strong", words.care_title(summary.care))),
        element("p", words.care_text(summary.care)),
    )


def method(summary: WeekSummary, words: Words) -> Markup:
    """Return what was counted and how, folded."""
    zone = str(summary.week.zone) if summary.week.zone is not None else ""
    zone = zone or (summary.week.local(summary.week.since_ms).tzname() or "")
    texts = [
        words.text(
            "A disconnect is one loss of a wallet's session; it counts in the week it began in. "
            "Controls stand apart."
        ),
        words.text(
            "Time that was not observed (machine asleep, walletwatch stopped, clock set) is "
            "neither lost nor connected."
        ),
        words.text(
            "A cause is what you confirmed, else the best explanation found, unless you said that "
            "it was wrong: likely, never proven."
        ),
        words.text("All times are local ({zone}).").format(zone=zone),
        words.text(
            "Everything was measured on this machine, and this page asks nothing of any other."
        ),
    ]
    cost = _cost(summary.cost, words)
    if cost:
        texts.append(cost)
    listed = element("ul", *(element("li", text) for text in texts))
    return element("footer", folded(words.text("Method and own cost"), listed))


def _cost(cost: OwnCost | None, words: Words) -> str:
    """Return what is known of it; "" for nothing."""
    if cost is None:
        return ""
    known = []
    if cost.cpu_ratio is not None:
        text = words.text("{percent:.1f} % (of one processor core)")
        known.append(text.format(percent=cost.cpu_ratio * 100))
    if cost.rss_mib is not None:
        known.append(words.text("{mib:.0f} MiB of memory").format(mib=cost.rss_mib))
    if cost.written_mib is not None:
        known.append(words.text("{mib:.0f} MiB written").format(mib=cost.written_mib))
    if cost.database_mib is not None:
        known.append(words.text("{mib:.0f} MiB of data kept").format(mib=cost.database_mib))
    if not known:
        return ""
    return words.text("Walletwatch itself took: {amounts}.").format(
        amounts=words.text(", ").join(known)
    )
