// Looks at the room every two to three seconds, each phone at a moment of its own. A page that nobody looks at asks for
// nothing, and asks at once when it is looked at again. After an error it waits twice as long, up to a minute.
(() => {
  "use strict";
  const PACE = 2000;
  const LONGEST = 60000;
  let pace = PACE;
  let timer = 0;
  let isTouched = false;

  const room = () => document.querySelector("[data-live]");
  // What has just been replaced is not in the page any more: htmx then tells its parent, and names the one that asked.
  const isOurs = ({ detail }) => [detail.elt, detail.requestConfig?.elt].some((each) => each?.matches?.("[data-live]"));

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, pace * (1 + Math.random() / 2));
  }
  function look() {
    clearTimeout(timer);
    if (!document.hidden && room()) window.htmx?.trigger(room(), "look");
  }

  // Members find the form of a poll on the page already: for them the fragment's own way to answer is one too many.
  function settle() {
    for (const answers of document.querySelectorAll("[data-answers-of]")) {
      answers.hidden = document.getElementById(`answer-${answers.dataset.answersOf}`) !== null;
    }
    const said = document.getElementById("room-state");
    const says = room()?.dataset.says ?? "";
    // The same words again would be read aloud again.
    if (said && said.textContent !== says) said.textContent = says;
  }

  document.addEventListener("htmx:configRequest", (event) => {
    if (isOurs(event)) event.detail.headers["If-None-Match"] = `"${event.target.dataset.version}"`;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isOurs(event)) return;
    // "Nothing changed" has no content; and nothing moves away from under a finger.
    if (event.detail.xhr.status !== 200 || isTouched) event.detail.shouldSwap = false;
    if (event.detail.xhr.status === 304) event.detail.isError = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (isOurs(event) || event.detail.target?.matches?.("[data-live]")) settle();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event)) return;
    const status = event.detail.xhr?.status ?? 0;
    pace = status === 200 || status === 304 ? PACE : Math.min(pace * 2, LONGEST);
    later();
  });
  document.addEventListener("pointerdown", (event) => {
    isTouched = event.target.closest("[data-live]") !== null;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => setTimeout(() => { isTouched = false; }, 300));
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else look();
  });
  // A page that "back" brings out of the browser's memory is as old as it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) look();
  });
  settle();
  later();
})();
