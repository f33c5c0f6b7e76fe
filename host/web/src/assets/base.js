// What all pages do: moments as people here write them, what waits, and safe mode as soon as it is on.

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const today = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** Shows the moments in a part of the page in the reader's own time. */
export function localise(part) {
  for (const time of part.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const isToday = at.toDateString() === new Date().toDateString();
    time.title = at.toISOString();
    time.textContent = (isToday ? today : moments).format(at);
    time.dataset.local = "";
  }
}

const policy = globalThis.trustedTypes?.createPolicy("loket", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

/** Parts of a page that the host has made and cleaned: the one place where words become HTML. */
export function made(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  localise(template.content);
  return template.content;
}

localise(document);

for (const select of document.querySelectorAll("[data-submits]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
  for (const button of select.form.querySelectorAll("[data-plain]")) button.hidden = true;
}

// What is folded out on a small screen folds in again.
document.addEventListener("click", (event) => {
  for (const more of document.querySelectorAll("details.more[open]")) {
    if (!more.contains(event.target)) more.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const more of document.querySelectorAll("details.more[open]")) {
    more.open = false;
    more.querySelector("summary").focus();
  }
});

/** Follows a stream as long as the page is seen: a browser has few connections to one host, and many tabs share them. */
export function whileSeen(path, on) {
  let live = null;
  const look = () => {
    const seen = document.visibilityState === "visible";
    if (seen && !live) {
      live = new EventSource(path);
      for (const [name, hear] of Object.entries(on)) live.addEventListener(name, hear);
    } else if (!seen && live) {
      live.close();
      live = null;
    }
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => live?.close());
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    live = null;
    look();
  });
  look();
}

if (document.querySelector("[data-asks]")) {
  whileSeen("/live", { now: (event) => {
    const now = JSON.parse(event.data);
    for (const count of document.querySelectorAll("[data-asks]")) {
      count.hidden = now.asks.length === 0;
      count.querySelector("[data-count]").textContent = String(now.asks.length);
    }
    for (const banner of document.querySelectorAll("[data-safe-mode]")) banner.hidden = !now.safe_mode;
    document.dispatchEvent(new CustomEvent("loket:now", { detail: now }));
  } });
}
