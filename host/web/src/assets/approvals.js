// The page of what waits: it changes as soon as something comes or goes, unless somebody is writing in it.

import { made } from "./base.js";

const list = document.querySelector("[data-list]");
let shown = null;

document.addEventListener("loket:now", async (event) => {
  const asks = event.detail.asks.join(" ");
  if (shown === null) {
    shown = [...list.querySelectorAll("[data-ask]")].map((ask) => ask.dataset.ask).sort().join(" ");
  }
  const now = event.detail.asks.toSorted().join(" ");
  if (now === shown || list.contains(document.activeElement) && document.activeElement.matches("textarea")) return;
  const answer = await fetch("/approvals?part=1");
  if (!answer.ok) return;
  list.replaceChildren(made(await answer.text()));
  shown = now;
});
