// What moves on the console must not take anything away from those who run the meeting.
(() => {
  "use strict";
  const PARTS = "#console-now, #console-room";
  let opened = [];
  let focused = [];

  // While somebody types or has a box open, it comes once they are done.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "console-now") return;
    const typing = document.activeElement.matches("input, select, textarea") && document.activeElement.closest(PARTS);
    const choosing = document.querySelector(`:is(${PARTS}) details[open] :is(input:not([type=hidden]), select)`);
    if (document.hidden || typing || choosing) event.preventDefault();
  });
  // What was opened stays open, and the focus where it was: where its button is gone, the heading of that part gets it.
  document.addEventListener("htmx:beforeSwap", () => {
    const { activeElement } = document;
    opened = [...document.querySelectorAll(`:is(${PARTS}) details[open]`)].map(({ id }) => id);
    focused = activeElement.closest(PARTS) ? [activeElement.id, activeElement.closest("section")?.getAttribute("aria-labelledby")] : [];
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (document.activeElement !== document.body) return;
    const [still, heading] = focused.map((id) => id && document.getElementById(id));
    if (!still && heading) heading.tabIndex = -1;
    (still || heading)?.focus({ preventScroll: true });
  });
})();
