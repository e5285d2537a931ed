// While somebody types or has opened something, what moves must not take it away: it comes once they are done.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id !== "console-now") return;
  const parts = "#console-now, #console-room";
  const typing = document.activeElement.matches("input, select, textarea") && document.activeElement.closest(parts);
  const opened = document.querySelector(`:is(${parts}) details[open] :is(input, select)`);
  if (document.hidden || typing || opened) event.preventDefault();
});
