"""What the page can do beyond being read: tell what is pointed at, and zoom to a day.

Nothing depends on it: each number that it tells stands in a table as well.
"""

_SCRIPT = """
(function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg", HOUR = 3600000;

  function readOut(plot) {
    const line = document.createElement("p");
    line.className = "readout";
    line.setAttribute("role", "status");
    plot.after(line);
    return line;
  }

  function reachable(plot) {
    plot.tabIndex = 0;
    plot.setAttribute("role", "group");
    const picture = plot.querySelector("svg");
    plot.setAttribute("aria-label", plot.dataset.name || picture.getAttribute("aria-label"));
  }

  // A step of the arrow keys; null for any other key.
  function step(event) {
    return { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key] || null;
  }

  // Pictures whose marks carry their own words.
  function titled(plot) {
    const marks = Array.from(plot.querySelectorAll("svg title"), title => title.parentNode);
    if (!marks.length) { return; }
    const line = readOut(plot);
    let place = -1;
    function tell(mark) {
      place = marks.indexOf(mark);
      line.textContent = mark.querySelector("title").textContent;
    }
    plot.addEventListener("pointerover", event => {
      const mark = marks.find(one => one.contains(event.target));
      if (mark) { tell(mark); }
    });
    plot.addEventListener("keydown", event => {
      const by = step(event);
      if (by === null) { return; }
      event.preventDefault();
      tell(marks[(place + by + marks.length) % marks.length]);
    });
    reachable(plot);
  }

  // Round trips: an hour's numbers are read from the table below the pictures.
  function timed(plot, rows) {
    const picture = plot.querySelector("svg"), line = readOut(plot), box = picture.viewBox.baseVal;
    const span = plot.dataset.span.split(",").map(Number), whole = box.width;
    const hours = Math.round((span[1] - span[0]) / HOUR);
    const cursor = document.createElementNS(SVG, "path");
    cursor.setAttribute("class", "cursor");
    picture.append(cursor);
    let hour = -1;
    function tell(wanted) {
      hour = Math.max(0, Math.min(hours - 1, wanted));
      const row = rows[hour];
      if (!row) { return; }
      line.textContent = row.cells[0].textContent + ": " +
        row.cells[Number(plot.dataset.leg)].textContent;
      cursor.setAttribute("d", "M" + (hour + 0.5) / hours * whole + " 0V" + box.height);
    }
    picture.addEventListener("pointermove", event => {
      const place = picture.getBoundingClientRect();
      const x = box.x + (event.clientX - place.left) / place.width * box.width;
      tell(Math.floor(x / whole * hours));
    });
    plot.addEventListener("keydown", event => {
      const by = step(event);
      if (by === null) { return; }
      event.preventDefault();
      tell(hour + by);
    });
    reachable(plot);
    return function zoom(since, until) {
      const length = span[1] - span[0];
      box.x = (since - span[0]) / length * whole;
      box.width = (until - since) / length * whole;
      const isDay = until - since < length;
      plot.querySelector(".week-axis").hidden = isDay;
      plot.querySelector(".hours").hidden = !isDay;
    };
  }

  function zoomBar(plots, zooms) {
    const first = plots[0], bar = document.createElement("div");
    const span = first.dataset.span.split(",").map(Number);
    const days = first.dataset.zoom.split(",").map(Number);
    const names = Array.from(first.querySelectorAll(".week-axis span"), one => one.textContent);
    bar.className = "zoom";
    function button(name, since, until) {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = name;
      made.setAttribute("aria-pressed", String(until - since === span[1] - span[0]));
      made.addEventListener("click", () => {
        zooms.forEach(zoom => zoom(since, until));
        bar.querySelectorAll("button").forEach(
          one => one.setAttribute("aria-pressed", String(one === made)));
      });
      bar.append(made);
    }
    button(first.dataset.all, span[0], span[1]);
    days.forEach((since, n) => button(names[n], since, days[n + 1] || span[1]));
    first.closest("figure").before(bar);
  }

  document.querySelectorAll(".report section.latency").forEach(section => {
    const rows = section.querySelectorAll("tbody tr");
    const plots = Array.from(section.querySelectorAll(".plot"));
    const zooms = plots.map(plot => timed(plot, rows));
    if (plots.length && plots[0].dataset.zoom) { zoomBar(plots, zooms); }
  });
  document.querySelectorAll(".report .plot:not(.leg-grid)").forEach(titled);
  addEventListener("beforeprint", () => {
    document.querySelectorAll(".report .incidents > details").forEach(one => { one.open = true; });
  });
}());
"""


def script() -> str:
    """Return the page's script; it makes no request and keeps nothing."""
    return _SCRIPT
