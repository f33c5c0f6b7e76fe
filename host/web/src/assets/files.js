// Files that go along with a message: chosen, dropped or pasted, read here as text, and listed until they are sent.

const MOST = 8;
const MOST_BYTES = 240 * 1024;

/** Lets files come to a composer; answers with how they are taken from there. */
export function attached(composer) {
  const input = composer.querySelector("[data-files]");
  const list = composer.querySelector("[data-attached]");
  const note = composer.querySelector("[data-attached-not]");
  const words = list.dataset;
  const files = [];
  // What is being read, one after the other; it comes to what is to be told.
  let reading = Promise.resolve("");
  let pending = 0;

  composer.querySelector("[data-attach]").hidden = false;
  input.addEventListener("change", async () => {
    await take(input.files);
    input.value = "";
  });
  composer.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    take(event.clipboardData.files);
  });
  const talk = composer.closest(".talk");
  talk.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault();
  });
  talk.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });

  /** Reads what was chosen, once what was chosen before is read. */
  function take(chosen) {
    // The list itself is the browser's, and is emptied.
    const all = [...chosen];
    pending++;
    reading = reading.then(() => read(all)).finally(() => { pending--; });
    return reading;
  }

  async function read(chosen) {
    let trouble = "";
    for (const file of chosen) {
      if (!hasRoom(file)) {
        trouble = words.much;
        continue;
      }
      let text;
      try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      } catch {
        trouble = words.binary.replace("{file}", file.name);
        continue;
      }
      // Meanwhile some that were sent may have come back.
      if (hasRoom(file)) files.push({ name: file.name, size: file.size, text });
      else trouble = words.much;
    }
    show(trouble);
    return trouble;
  }

  function hasRoom({ size }) {
    return files.length < MOST && files.reduce((sum, { size }) => sum + size, size) <= MOST_BYTES;
  }

  function show(trouble = "") {
    note.textContent = trouble;
    note.hidden = trouble === "";
    list.replaceChildren(...files.map((file) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      const away = document.createElement("button");
      name.textContent = file.name;
      away.type = "button";
      away.className = "quiet";
      away.textContent = "×";
      away.setAttribute("aria-label", words.away.replace("{file}", file.name));
      away.addEventListener("click", () => {
        files.splice(files.indexOf(file), 1);
        show();
        composer.elements.namedItem("text").focus();
      });
      item.append(name, away);
      return item;
    }));
    list.hidden = files.length === 0;
  }

  return {
    /** What goes along, once it is read, and begins anew. What could not be read at last stays told. */
    take: async () => {
      const trouble = pending > 0 ? await reading : "";
      const taken = files.splice(0);
      show(trouble);
      return taken;
    },
    /** Again what was taken and could not be sent. */
    put: (taken) => {
      files.unshift(...taken);
      show();
    },
  };
}
