// Makes a component of a module in JavaScript: `node componentize.mjs TOOLS SOURCE WIT WORLD COMPONENT [FEATURE …]`.
//
// TOOLS is the folder whose `node_modules` has componentize-js; WIT must be an absolute path. What is not named as a feature (`stdio`,
// `random`, `clocks`, `http`, `fetch-event`) is left out, and with it what of WASI the component would import for it.

import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [tools, source, witPath, worldName, component, ...features] = process.argv.slice(2);
// It lies elsewhere than this file, where a name alone would be looked for.
const place = join(tools, "node_modules/@bytecodealliance/componentize-js");
const { exports } = JSON.parse(await readFile(join(place, "package.json"), "utf8"));
const main = exports["."]?.import ?? exports["."] ?? exports.import ?? exports;
const { componentize } = await import(pathToFileURL(join(place, main.default ?? main)));
const known = ["stdio", "random", "clocks", "http", "fetch-event"];
const unknown = features.filter((feature) => !known.includes(feature));
if (unknown.length > 0) {
  throw new Error(`there is no feature \`${unknown.join("`, `")}\`: there are \`${known.join("`, `")}\``);
}
const made = await componentize(await readFile(source, "utf8"), {
  sourceName: basename(source),
  witPath,
  worldName,
  disableFeatures: known.filter((feature) => !features.includes(feature)),
});
await writeFile(component, made.component);
