// Shows the mail anew a moment after somebody has stopped writing. Without it, the button beside the frame does that.
(() => {
  "use strict";
  const PAUSE = 800;
  const button = document.querySelector("[data-preview]");
  if (!button) return;
  const form = button.form;
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
    // Whose mail was asked for by the button is not looked up again and again: each look is written down.
    if (!form.elements.person.value) timer = setTimeout(() => form.requestSubmit(button), PAUSE);
  });
  form.requestSubmit(button);
})();
