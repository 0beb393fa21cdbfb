// Print which packages of a tree load, as JSON: {"require": [...], "import": [...]}.
// Usage: node --experimental-import-meta-resolve load-packages.mjs TREE RESULTS (TREE is a folder with node_modules).
// Links are left out: they lead to the app itself, which would start.
import { createRequire } from 'node:module';
import { readdirSync, existsSync, lstatSync, writeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const tree = resolve(process.argv[2]);
const results = openSync(process.argv[3], 'w');

// What is loaded here may not end, fail or print on behalf of this process.
process.exit = () => {};
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
process.stdout.write = () => true;
process.stderr.write = () => true;

function* packages(modules) {
  for (const name of readdirSync(modules).sort()) {
    const folder = join(modules, name);
    if (name.startsWith('@')) {
      for (const scoped of readdirSync(folder).sort()) yield* nested(join(folder, scoped));
    } else if (!name.startsWith('.')) {
      yield* nested(folder);
    }
  }
}

function* nested(folder) {
  if (lstatSync(folder).isSymbolicLink()) return;
  if (existsSync(join(folder, 'package.json'))) yield folder;
  if (existsSync(join(folder, 'node_modules'))) yield* packages(join(folder, 'node_modules'));
}

const loaded = { require: [], import: [] };
const require = createRequire(join(tree, 'package.json'));
for (const folder of packages(join(tree, 'node_modules'))) {
  const name = folder.slice(tree.length + 1);
  try {
    require(folder);
    loaded.require.push(name);
  } catch { /* did not load: the other tree decides whether that matters */ }
  const own = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  try {
    const from = createRequire(join(folder.slice(0, folder.lastIndexOf('node_modules/')), 'package.json'));
    await Promise.race([
      import(pathToFileURL(import.meta.resolve ? resolveEsm(own, from) : from.resolve(own))),
      new Promise((_, reject) => setTimeout(reject, 5000)),
    ]);
    loaded.import.push(name);
  } catch { /* as above */ }
}

function resolveEsm(name, from) {
  // The `import` condition, seen from the package's parent.
  return import.meta.resolve(name, pathToFileURL(from.resolve.paths(name)[0] + '/x.js')).replace('file://', '');
}

writeSync(results, JSON.stringify(loaded, null, 1));
process.reallyExit(0);
