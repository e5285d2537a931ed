// Shows the mail anew a moment after somebody has stopped writing. Without it, the button beside the frame does that.
(() => {
  "use strict";
  const PAUSE = 800;
  const button = document.querySelector("[data-preview]");
  if (!button) return;
  const form = button.form;
  document.querySelector("[data-preview-enter]")?.remove();  // here "Enter" in a field above saves, as in all of admin
  const written = new Set(["title", "what_changed", "body", "page", "meeting", "part"]);
  let timer = 0;

  form.addEventListener("submit", (event) => {
    if (event.submitter !== button) return;
    // A new frame each time: what is loaded into the first, empty page of a frame adds nothing to "back".
    const frame = document.querySelector("[data-preview-frame]");
    frame.replaceWith(frame.cloneNode());
  });

  form.addEventListener("input", (event) => {
    if (!written.has(event.target.name)) return;
    clearTimeout(timer);
    if (event.target.name === "part") return form.requestSubmit(button);  // somebody asked to see it
    // Whose mail was asked for by the button is not looked up again and again: each look is written down.
    if (!form.elements.person?.value) timer = setTimeout(() => form.requestSubmit(button), PAUSE);
  });
  // "Enter" beside the preview shows the preview; a form would take its first button, and save.
  button.closest(".composer").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target === button) return;
    event.preventDefault();
    form.requestSubmit(button);
  });

  // Whoever signed in again in another tab comes back to a form that the portal would not know any more.
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible") return;
    const answer = await fetch(location.pathname, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("input[name=csrfmiddlewaretoken]");
    if (token) for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token.value;
  });

  form.requestSubmit(button);
})();
