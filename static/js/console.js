// While somebody types or has opened something, what moves must not take it away: it comes once they are done.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (part.id !== "console-now") return;
  const typing = part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  if (document.hidden || typing || part.querySelector("details[open] input, details[open] select")) event.preventDefault();
});
