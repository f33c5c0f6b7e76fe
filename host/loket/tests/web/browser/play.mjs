// Plays a scenario: `play.mjs NAME URL PASSPHRASE`. Says on stdout what only the host can do, and hears the answer on stdin.

import { createRequire } from "node:module";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";

const modules = createRequire(path.join(process.env.LOKET_MODULES, "here.js"));
const { chromium } = modules("playwright-core");
const axe = await readFile(modules.resolve("axe-core/axe.min.js"), "utf8");

const [name, base, passphrase] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Has the host do something; answers with what it says. */
async function act(what, more = {}) {
  process.stdout.write(`act ${JSON.stringify({ act: what, ...more })}\n`);
  return JSON.parse((await lines.next()).value);
}

function check(is, words) {
  if (!is) throw new Error(words);
}

function equal(found, wanted, words) {
  check(found === wanted, `${words}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}

const profile = await mkdtemp(path.join(tmpdir(), "loket-browser-"));
const faults = [];
const expected = [];

/** A browser window, watched for what must not be. */
async function open(options = {}) {
  const context = await chromium.launchPersistentContext(path.join(profile, String(faults.length + Math.random())), {
    executablePath: process.env.LOKET_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith("data:") && !url.startsWith("blob:")) faults.push(`left the host: ${url}`);
  });
  context.on("weberror", (error) => faults.push(`error in a page: ${error.error().stack}`));
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    if (expected.some((words) => message.text().includes(words))) return;
    faults.push(`console: ${message.text()} at ${message.location().url}`);
  });
  context.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const page = context.pages()[0] ?? await context.newPage();
  page.setDefaultTimeout(60_000);
  return { context, page };
}

async function logIn(page) {
  await page.goto(`${base}/login`);
  await page.getByLabel("Passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(`${base}/`);
}

/** Nothing on the page breaks a rule of accessibility in earnest, and nothing makes it wider than the screen. */
async function usable(page, words) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const serious = violations.filter((found) => ["serious", "critical"].includes(found.impact));
  const told = serious.map((found) => `${found.id}: ${found.help}\n${found.nodes.slice(0, 4).map((n) => `  ${n.html}\n  ${n.failureSummary}`).join("\n")}`);
  check(serious.length === 0, `${words}: ${told.join("\n")}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(wide <= 1, `${words}: the page is ${wide} pixels wider than the screen`);
}

/** A picture, where somebody wants to look. */
async function shot(page, file) {
  if (process.env.LOKET_SHOTS) await page.screenshot({ path: path.join(process.env.LOKET_SHOTS, `${file}.png`) });
}

const stage = { act, axe, base, check, equal, expected, logIn, open, passphrase, shot, usable };
let code = 0;
try {
  const { play } = await import(`./${name}.mjs`);
  await play(stage);
  check(faults.length === 0, faults.join("\n"));
} catch (error) {
  console.error(error.stack, faults.join("\n"));
  code = 1;
}
await rm(profile, { recursive: true, force: true }).catch(() => {});
process.exit(code);
