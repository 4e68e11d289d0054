"""Tables that a screen reader can read: a caption, and headings with their scope."""

from collections.abc import Sequence

from monitor.report.charts.markup import Markup, element


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a table; the first cell of each row is its heading. It scrolls where it is wide."""
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    body = [
        element(
            "tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])
        )
        for row in rows
    ]
    drawn = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
    )
    # A region that scrolls must be reachable with the keyboard.
    return element("div", drawn, class_="table", tabindex=0, role="group", aria_label=caption)
