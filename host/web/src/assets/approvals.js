// The page of what waits: it changes as soon as something comes or goes, unless somebody is writing in it; then it does afterwards.

import { made } from "./base.js";

const list = document.querySelector("[data-list]");
// What is shown, what waits by what was told last, and whether it is being asked for.
let shown = [...list.querySelectorAll("[data-ask]")].map((ask) => ask.dataset.ask).sort().join(" ");
let newest = shown;
let looking = false;

document.addEventListener("loket:now", (event) => {
  newest = event.detail.asks.toSorted().join(" ");
  look();
});
list.addEventListener("focusout", ({ relatedTarget }) => {
  // The focus is gone only after this; and where it goes to a button, that is about to be pressed.
  if (!list.contains(relatedTarget)) setTimeout(look);
});

/** Shows what waits now. One at a time: no answer overtakes another. */
async function look() {
  if (looking) return;
  looking = true;
  try {
    while (newest !== shown && !isWriting()) {
      const wanted = newest;
      const answer = await fetch("/approvals?part=1").catch(() => null);
      if (!answer?.ok) return;
      const part = await answer.text();
      if (isWriting()) return;
      list.replaceChildren(made(part));
      shown = wanted;
    }
  } finally {
    looking = false;
  }
}

/** Whether somebody writes in it, or has written what is not sent yet. */
function isWriting() {
  return [...list.querySelectorAll("textarea")].some((area) => area === document.activeElement || area.value !== area.defaultValue);
}
