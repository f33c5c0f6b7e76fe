// Makes a component of src/component.js. (`loket build` runs this with `npm run build`.)
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { componentize } from '@bytecodealliance/componentize-js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { component } = await componentize({
  sourcePath: here('src/component.js'),
  witPath: here('wit'),
  worldName: 'component',
  // Nothing of WASI: so the component can ask for what its world imports, and for nothing else.
  disableFeatures: ['random', 'stdio', 'clocks', 'http', 'fetch-event'],
});
await mkdir(here('build'), { recursive: true });
await writeFile(here('build/raw.wasm'), component);
