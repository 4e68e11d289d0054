// Keeps the page of now live; everything else works without a script.
"use strict";
(() => {
  const now = document.getElementById("now");
  const broken = document.getElementById("broken");
  if (!now || !window.EventSource) return;
  let source = null;

  const show = (event) => {
    broken.hidden = true;
    // What comes is our own server's, and a parsed document runs no script.
    const parsed = new DOMParser().parseFromString(event.data, "text/html");
    now.replaceChildren(...parsed.body.childNodes);
  };
  const failed = () => {
    broken.hidden = false;
  };
  // A page that nobody looks at listens to nothing: a browser has six connections for all pages.
  const turn = () => {
    if (document.hidden) {
      if (source) source.close();
      source = null;
    } else if (!source) {
      source = new EventSource(now.dataset.events);
      source.onmessage = show;
      source.onerror = failed;
      source.onopen = () => {
        broken.hidden = true;
      };
    }
  };
  document.addEventListener("visibilitychange", turn);
  turn();
})();
