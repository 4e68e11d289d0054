"""What held when it happened, wallets against controls, and whether a change helped."""

from monitor.model import Factor, FactorVerdict, FixCheck, HelpVerdict
from monitor.report.amounts import HOUR_MS, rounded
from monitor.report.charts.interval import interval
from monitor.report.charts.markup import Markup, element
from monitor.report.html.tables import table
from monitor.report.html.wording import cut, folded, moment, name, section
from monitor.report.interface import WeekSummary, Words

SCALE = ("0.1×", "1×", "10×", "100×")
SPEAKING = (FactorVerdict.RAISES, FactorVerdict.LOWERS)


def factors(summary: WeekSummary, words: Words) -> Markup:
    """Return what came more, or less, often together; the silent ones are folded."""
    if not summary.factors:
        return Markup()
    speaking = [factor for factor in summary.factors if factor.verdict in SPEAKING]
    silent = [factor for factor in summary.factors if factor.verdict not in SPEAKING]
    parts = [_factor(factor, words) for factor in speaking]
    if not speaking:
        text = words.text("Nothing that was looked at shows a difference beyond chance.")
        parts.append(element("p", text))
    else:
        parts.append(_scale_note(words))
    if silent:
        title = words.plural(
            "{count} more that was looked at", "{count} more that were looked at", len(silent)
        ).format(count=len(silent))
        listed = element("ul", *(element("li", words.factor_text(f)) for f in silent))
        parts.append(folded(title, listed))
    parts.append(folded(words.text("As a table"), _factor_table(summary, words)))
    return section("factors", words.text("What held when it happened"), *parts)


def _factor(factor: Factor, words: Words) -> Markup:
    label = words.text("{what}: how many times as often, with its interval at 95 %").format(
        what=words.factor_title(factor)
    )
    return element(
        "div",
        element("p", words.factor_text(factor)),
        interval(factor.rate_ratio, factor.ci_low, factor.ci_high, label),
        element(
            "div", *(element("span", mark) for mark in SCALE), class_="times", aria_hidden="true"
        ),
        class_="factor",
    )


def _scale_note(words: Words) -> Markup:
    text = words.text(
        "The dashed line stands for “as often as otherwise”; the bar is the interval at 95 %, "
        "from a tenth to a hundred times."
    )
    return element("p", text, class_="small")


def _factor_table(summary: WeekSummary, words: Words) -> Markup:
    rows = [
        (
            name(words.factor_title(factor)),
            f"{factor.exposed_count} / {factor.exposed_s / 3600:.1f} h",
            f"{factor.unexposed_count} / {factor.unexposed_s / 3600:.1f} h",
            _times(factor.rate_ratio, factor.ci_low, factor.ci_high),
            _number(factor.q),
        )
        for factor in summary.factors
    ]
    columns = (
        words.text("Circumstance"),
        words.text("Incidents while it held"),
        words.text("Incidents otherwise"),
        words.text("Times as often (95 %)"),
        "q",
    )
    return table(words.text("Circumstances and incidents"), columns, rows)


def _times(ratio: float | None, low: float | None, high: float | None) -> str:
    if ratio is None and low is None:
        return "–"
    return f"{_number(ratio)} ({_number(low)} – {'∞' if high is None else _number(high)})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}" if value < 100 else f"{value:.0f}"


def wallets(summary: WeekSummary, words: Words) -> Markup:
    """Return each wallet beside the controls: what hits both is no fault of the wallet's."""
    if not summary.wallets:
        return Markup()
    rows = [
        (
            name(wallet.title),
            words.text("control") if wallet.is_control else words.text("wallet"),
            str(wallet.totals.count),
            rounded(wallet.totals.lost_ms, words),
            "–" if wallet.totals.longest_ms is None else rounded(wallet.totals.longest_ms, words),
        )
        for wallet in summary.wallets
    ]
    columns = (
        words.text("Name"),
        words.text("Role"),
        words.text("Disconnects"),
        words.text("Lost"),
        words.text("Longest"),
    )
    title = words.text("Wallets and controls")
    note = words.text("What hits the controls as well is hardly the wallet's own fault.")
    has_control = any(wallet.is_control for wallet in summary.wallets)
    return section(
        "wallets",
        title,
        element("p", note, class_="small") if has_control else "",
        table(title, columns, rows),
    )


def fix_checks(summary: WeekSummary, words: Words) -> Markup:
    """Return what became of the changes that were made."""
    if not summary.fix_checks:
        return Markup()
    parts = [_fix_check(check, summary, words) for check in summary.fix_checks]
    return section("helped", words.text("Did the change help?"), *parts)


def _fix_check(check: FixCheck, summary: WeekSummary, words: Words) -> Markup:
    source = words.text("you said so") if check.is_told else words.text("seen")
    if check.detail:
        source = words.text("{source}: {detail}").format(source=source, detail=cut(check.detail))
    made = words.text("Since {when} ({source})").format(
        when=moment(check.at_ms, summary.week, words), source=source
    )
    counts = words.text(
        "Before: {before} in {before_h:.0f} h. After: {after} in {after_h:.0f} h."
    ).format(
        before=check.before_count,
        before_h=check.before_observed_ms / HOUR_MS,
        after=check.after_count,
        after_h=check.after_observed_ms / HOUR_MS,
    )
    about = Markup()
    if check.cause is not None:
        text = words.text("Compared: {cause}").format(cause=words.cause_title(check.cause))
        about = element("p", text, class_="small")
    return element(
        "article",
        element("h3", words.fix_title(check.fix)),
        element("p", element("strong", _verdict(check.verdict, words)), " ", counts),
        element("p", made, class_="small"),
        about,
        class_="card",
    )


def _verdict(verdict: HelpVerdict, words: Words) -> str:
    return {
        HelpVerdict.HELPED: words.text("It seems to have helped."),
        HelpVerdict.WORSE: words.text("It came more often since."),
        HelpVerdict.NO_CHANGE: words.text("No difference beyond chance."),
        HelpVerdict.TOO_EARLY: words.text("Too early to tell."),
    }[verdict]
