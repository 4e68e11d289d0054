"""The page: one file that asks nothing of anybody, in the order of importance, and bounded."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from monitor.locale import translator
from monitor.phrases import ReportWords
from monitor.report import html
from monitor.report.interface import WeekSummary
from tests.unit.report import sample_week
from tests.unit.report.films import PlainWords

LARGEST_BYTES = 500_000
WORDS = ReportWords(translator("en"))
VOID = {"meta", "br"}
SUMMARIES = {
    "busy": sample_week.busy(is_demo=True),
    "hostile": sample_week.busy(sample_week.HOSTILE, sample_week.HOSTILE),
    "healthy": sample_week.healthy(),
    "unseen": sample_week.unseen(),
    "huge": sample_week.huge(),
}
PAGES = {name: html.render(summary, WORDS) for name, summary in SUMMARIES.items()}


class Reader(HTMLParser):
    """Collects what a page is made of, and that each element is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(params=sorted(PAGES))
def page(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]


def test_a_page_is_bounded_and_well_formed(page: str) -> None:
    assert len(page.encode()) < LARGEST_BYTES
    reader = Reader(page)
    assert len(reader.ids) == len(set(reader.ids))
    steps = zip(reader.headings, reader.headings[1:], strict=False)
    assert reader.headings[0] == 1 and all(after - before <= 1 for before, after in steps)


def test_a_page_asks_nothing_of_anybody(page: str) -> None:
    shown = page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    shown = shown.replace('const SVG = "http://www.w3.org/2000/svg"', "")
    assert "http:" not in shown and "https:" not in shown and "url(" not in shown
    reader = Reader(page)
    assert not {"img", "link", "iframe", "object", "form", "base", "a"} & set(reader.tags)
    names = {name for _, name, _ in reader.attributes}
    assert not {"src", "href", "style"} & names
    assert not [name for name in names if name.startswith("on")]


def test_the_policy_lets_only_our_own_text_run(page: str) -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    policy = found[1].replace("&#x27;", "'")
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_every_table_has_a_caption_and_scopes(page: str) -> None:
    reader = Reader(page)
    assert reader.tags.count("table") == reader.tags.count("caption")
    scoped = [tag for tag, name, _ in reader.attributes if name == "scope"]
    assert len(scoped) == reader.tags.count("th")


def test_a_name_is_only_ever_a_name() -> None:
    for name in ("hostile", "huge"):
        assert "<img" not in PAGES[name] and "\u202e" not in PAGES[name]
        assert PAGES[name].count("</script>") == 1
        assert "🏦" in PAGES[name]


def test_the_important_stands_first() -> None:
    page = PAGES["busy"]
    order = [
        "7 disconnects, 41 min 48 s lost.",
        "1 more than the week before (6).",
        "Observed 111 of 168 hours.",
        "Most often",
        "4 of 7",
        "very likely",
        "One change that would help most",
        "Why: 4 of 7 disconnects",
        "The seven days",
        "Which hours",
        "Round trips and loss",
        "Disconnects, newest first",
        "What held when it happened",
        "Wallets and controls",
        "Did the change help?",
        "Daily care",
        "Method and own cost",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    assert "%" not in re.sub(r"<[^>]*>", "", page[page.index("<h1") : page.index("The seven days")])


def test_five_disconnects_are_open_and_the_others_folded() -> None:
    page = PAGES["busy"]
    assert page.count('id="report-incident-') == 5
    assert page.index("walletwatch explain 13") < page.index("walletwatch explain 7")
    folded = page[page.index("<details><summary>Tue 17, 08:31:40") :]
    assert "walletwatch explain 8" in folded


def test_an_incident_tells_both_sides_and_the_runner_up() -> None:
    page = PAGES["busy"]
    card = page[page.index('id="report-incident-13"') : page.index('id="report-incident-12"')]
    for text in (
        "Speaks for it",
        "Battery saver had been switched on 64 s before.",
        "Speaks against it",
        "Alipay lost its connection at the same time.",
        "Also thought of: The internet provider was down (uncertain).",
        "battery saver: yes",
    ):
        assert text in card


def test_a_huge_week_says_what_it_leaves_out() -> None:
    assert "9830 more are not listed here" in PAGES["huge"]
    assert "Only the longest disconnects are marked; 9940 are not." in PAGES["huge"]


def test_a_week_without_a_disconnect_is_short() -> None:
    page = PAGES["healthy"]
    assert "No disconnect this week." in page
    assert "None the week before either. Observed 116 of 168 hours." in page
    assert Reader(page).headings == [1, 2]
    assert len(page.encode()) < 40_000


def test_a_week_that_was_not_observed_says_so() -> None:
    assert "Nothing was observed in this week." in PAGES["unseen"]
    assert "No disconnect this week." not in PAGES["unseen"]


def test_too_few_for_a_map_is_said() -> None:
    page = html.render(sample_week.huge(2), WORDS)
    assert "too few to show a pattern by the hour" in page


def test_only_a_demo_is_marked_as_one() -> None:
    said = "Demo: all data on this page are synthetic."
    assert [name for name, page in PAGES.items() if said in page] == ["busy"]


def test_the_body_can_stand_in_another_page() -> None:
    part = html.body(SUMMARIES["busy"], WORDS)
    assert part.startswith("<main") and part.endswith("</main>")
    assert part in PAGES["busy"]
    assert html.style() in PAGES["busy"] and html.script() in PAGES["busy"]


@pytest.mark.parametrize("summary", list(SUMMARIES.values()), ids=list(SUMMARIES))
def test_it_needs_no_words_of_its_own_but_those_it_is_given(summary: WeekSummary) -> None:
    Reader(html.render(summary, PlainWords()))


def _luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
def test_the_colours_are_told_apart_in_both_schemes(scheme: int) -> None:
    blocks = re.findall(r":root\{(.*?)\}", html.style(), re.DOTALL)
    colours = dict(re.findall(r"--(\w+):#([0-9a-f]+)", blocks[scheme]))
    for ink, least in (("ink", 4.5), ("soft", 4.5), ("accent", 4.5), ("warn", 4.5), ("lost", 3)):
        for ground in ("ground", "card", "tint"):
            pair = sorted(_luminance(colours[name]) for name in (ink, ground))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= least, (ink, ground)
