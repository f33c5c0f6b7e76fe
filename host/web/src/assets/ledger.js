// New lines of the ledger, as they are written.

import { made, whileSeen } from "./base.js";

const MOST = 200;
const lines = document.querySelector("[data-lines]");

if (lines) {
  let opened = false;
  whileSeen("/ledger/live", {
    open: () => {
      // What was written while nobody looked is missing here.
      if (opened) location.reload();
      opened = true;
      for (const note of document.querySelectorAll("[data-live]")) note.hidden = false;
    },
    line: (event) => {
      lines.prepend(made(JSON.parse(event.data).html));
      while (lines.childElementCount > MOST) lines.lastElementChild.remove();
    },
  });
}
