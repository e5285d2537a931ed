// Shows the mail anew a moment after somebody has stopped writing. Without it, the button beside the frame does that.
(() => {
  "use strict";
  const PAUSE = 800;
  const button = document.querySelector("[data-preview]");
  if (!button) return;
  const form = button.form;
  const written = new Set(["title", "body", "page", "meeting", "part"]);
  let timer = 0;

  function show() {
    // A new frame each time: what is loaded into the first, empty page of a frame adds nothing to "back".
    const frame = document.querySelector("[data-preview-frame]");
    const fresh = frame.cloneNode();
    frame.replaceWith(fresh);
    form.requestSubmit(button);
  }

  form.addEventListener("input", (event) => {
    if (!written.has(event.target.name)) return;
    clearTimeout(timer);
    // Whose mail was asked for by the button is not looked up again and again: each look is written down.
    if (!form.elements.person.value) timer = setTimeout(show, PAUSE);
  });
  show();
})();
