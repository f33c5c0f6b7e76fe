// The chat while it happens: an answer as it comes, what is done meanwhile, calls that wait, and what a slash could mean.

import { made } from "./base.js";
import { attached } from "./files.js";

const composer = document.querySelector("[data-composer]");
if (composer) begin(composer);

function begin(composer) {
  const text = composer.elements.namedItem("text");
  const scroller = document.querySelector("[data-scroller]");
  const exchanges = document.querySelector("[data-exchanges]");
  const says = document.querySelector("[data-says]");
  const stop = composer.querySelector("[data-stop]");
  const send = composer.querySelector("button[type=submit]");
  const files = attached(composer);
  let running = false;
  let stopped = false;

  toEnd();
  document.addEventListener("click", (event) => {
    const idea = event.target.closest("[data-idea]");
    if (!idea) return;
    text.value = idea.dataset.idea;
    text.focus();
  });

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!running && text.value.trim() !== "") say(text.value);
  });

  text.addEventListener("keydown", (event) => {
    if (completing.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });

  stop.addEventListener("click", () => {
    stopped = true;
    post("/chat/stop", fields()).catch(() => {});
  });

  // An answer to a call that waits: the conversation stays where it is.
  scroller.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-answers]")) return;
    event.preventDefault();
    const ask = event.target.closest("[data-ask]");
    const sent = new URLSearchParams(new FormData(event.target, event.submitter));
    for (const button of ask.querySelectorAll("button")) button.disabled = true;
    const answer = await post("/approvals/answer", sent).catch(() => null);
    if (answer?.type === "opaqueredirect") {
      ask.remove();
      text.focus();
    } else {
      for (const button of ask.querySelectorAll("button")) button.disabled = false;
      trouble(ask, composer.dataset.lost);
    }
  });
  document.addEventListener("loket:now", (event) => {
    for (const ask of scroller.querySelectorAll("[data-ask]")) {
      if (!event.detail.asks.includes(ask.dataset.ask)) ask.remove();
    }
  });

  /** What every request of a conversation brings along. */
  function fields(more = {}) {
    const sent = new URLSearchParams();
    for (const name of ["token", "agent", "conversation"]) sent.set(name, composer.elements.namedItem(name).value);
    for (const [name, value] of Object.entries(more)) sent.set(name, value);
    return sent;
  }

  function post(path, body) {
    return fetch(path, { method: "POST", body, redirect: "manual" });
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  function isAtEnd() {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
  }

  function trouble(place, words) {
    const note = document.createElement("p");
    note.className = "problem";
    note.setAttribute("role", "alert");
    note.textContent = words;
    place.append(note);
  }

  async function say(words) {
    running = true;
    stopped = false;
    text.value = "";
    const along = await files.take();
    document.querySelector("[data-hello]")?.remove();
    const exchange = document.querySelector("[data-template=exchange]").content.firstElementChild.cloneNode(true);
    const part = (name) => exchange.querySelector(`[data-${name}]`);
    part("said").textContent = [words, ...along.map(({ name }) => `+ ${name}`)].join("\n");
    exchanges.append(exchange);
    toEnd();
    busy(true);
    let ended = false;
    // What was not answered can be said again as it was.
    const back = () => {
      if (text.value === "") text.value = words;
      files.put(along);
    };
    const on = {
      text: ({ html }) => part("words").replaceChildren(made(html)),
      status: ({ text }) => { part("doing").textContent = text; },
      tool: ({ text }) => {
        const doing = document.createElement("li");
        const name = document.createElement("code");
        name.textContent = text;
        doing.append(name);
        part("doings").append(doing);
      },
      ask: ({ id, html }) => {
        if (!scroller.querySelector(`[data-ask="${CSS.escape(id)}"]`)) part("asks-here").append(made(html));
      },
      reply: ({ html, conversation, place }) => {
        ended = true;
        part("answer").replaceChildren(made(html));
        composer.elements.namedItem("conversation").value = conversation;
        history.replaceState(null, "", place);
        says.textContent = part("answer").querySelector(".answer")?.textContent.slice(0, 2000) ?? "";
      },
      problem: ({ html }) => {
        ended = true;
        exchange.append(made(html));
        // What was stopped is known to the conversation.
        if (!stopped) back();
      },
    };
    try {
      let last = "";
      let answer = await post("/chat/stream", fields({ text: words, files: JSON.stringify(along.map(({ name, text }) => ({ name, text }))) }));
      for (let tries = 0; !ended; tries++) {
        if (answer) {
          if (answer.status === 401 || answer.type === "opaqueredirect") throw new Over();
          if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/event-stream")) {
            throw new Error(String(answer.status));
          }
          // Before its first event it can be read on, too: from the beginning.
          const stream = answer.headers.get("loket-stream");
          if (last === "" && stream) last = `${stream}.0`;
          try {
            for await (const { name, data, id } of events(answer.body)) {
              const follow = isAtEnd();
              on[name]?.(JSON.parse(data));
              if (follow) toEnd();
              [last, tries] = [id, 0];
            }
          } catch (error) {
            if (last === "") throw error;
          }
        }
        if (ended) break;
        if (last === "" || tries >= TRIES) throw new Error("the stream broke off");
        // The turn goes on meanwhile: it is read on where it was.
        await new Promise((done) => { setTimeout(done, 500 * 2 ** tries); });
        answer = await fetch("/chat/stream", { headers: { "last-event-id": last }, redirect: "manual" }).catch(() => null);
      }
    } catch (error) {
      trouble(exchange, error instanceof Over ? composer.dataset.over : composer.dataset.lost);
      back();
    } finally {
      part("thinking")?.remove();
      busy(false);
      running = false;
      toEnd();
    }
  }

  function busy(is) {
    stop.hidden = !is;
    send.hidden = is;
    if (is) says.textContent = composer.dataset.sending;
    text.focus();
  }

  const completing = completion(text, document.querySelector("#candidates"), async (line) => {
    const answer = await post("/chat/complete", fields({ text: line }));
    return answer.ok ? answer.json() : null;
  });
}

class Over extends Error {}

/** How often a stream that broke off is tried again, from half a second on, each time twice as long after. */
const TRIES = 6;

/** The events of a stream. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
      const event = { name: "message", data: "", id: "" };
      for (const line of held.slice(0, end).split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        if (line.startsWith("data: ")) event.data += line.slice(6);
        if (line.startsWith("id: ")) event.id = line.slice(4);
      }
      held = held.slice(end + 2);
      if (event.data !== "") yield event;
    }
  }
}

/** A list of what a line could mean, as the host knows it; by keys and by pointer. */
function completion(text, list, ask) {
  let found = null;
  // The line that it was found for.
  let of = "";
  let chosen = 0;
  let asked = 0;

  text.addEventListener("input", async () => {
    const line = text.value;
    if (!line.startsWith("/") || line.includes("\n") || text.selectionStart !== line.length) return close();
    const mine = ++asked;
    const answer = await ask(line).catch(() => null);
    if (mine !== asked || text.value !== line) return;
    if (!answer || answer.candidates.length === 0) return close();
    found = answer;
    of = line;
    chosen = 0;
    show();
  });
  text.addEventListener("blur", () => setTimeout(close, 150));

  function show() {
    list.replaceChildren(...found.candidates.map((candidate, at) => {
      const item = document.createElement("li");
      const [code, summary] = [document.createElement("code"), document.createElement("span")];
      item.id = `candidate-${at}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(at === chosen));
      code.textContent = candidate.text;
      summary.textContent = candidate.summary;
      item.append(code, summary);
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(at);
      });
      return item;
    }));
    list.hidden = false;
    text.setAttribute("aria-expanded", "true");
    text.setAttribute("aria-activedescendant", `candidate-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    found = null;
    list.hidden = true;
    list.replaceChildren();
    text.setAttribute("aria-expanded", "false");
    text.removeAttribute("aria-activedescendant");
  }

  function take(at) {
    if (text.value !== of) return close();
    // The host counts in bytes.
    const bytes = new TextEncoder().encode(text.value).slice(0, found.at);
    text.value = new TextDecoder().decode(bytes) + found.candidates[at].text + " ";
    close();
  }

  /** Whether a key was for the list. */
  function key(event) {
    if (!found) return false;
    // What was typed since is not eaten.
    if (text.value !== of) {
      close();
      return false;
    }
    const many = found.candidates.length;
    const typed = text.value.trimEnd().endsWith(found.candidates[chosen].text);
    switch (event.key) {
      case "ArrowDown": chosen = (chosen + 1) % many; show(); break;
      case "ArrowUp": chosen = (chosen + many - 1) % many; show(); break;
      case "Escape": close(); break;
      case "Tab": take(chosen); break;
      // What is typed in full is sent.
      case "Enter": if (typed) { close(); return false; } take(chosen); break;
      default: return false;
    }
    event.preventDefault();
    return true;
  }

  return { key };
}
