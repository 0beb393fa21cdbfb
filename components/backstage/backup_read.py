"""The program that reads backups: the list of each, or the encrypted file of one."""

from __future__ import annotations

READ = r"""import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { list, read } from './place.mjs';

const [verb, file] = process.argv.slice(2);

const lists = async () => {
  const names = (await list()).map(one => one.file).filter(name => /^\d{8}T\d{6}Z(-before)?\.json$/.test(name));
  const all = await Promise.all(names.map(async name => text(await read(name))));
  return all.join('\n');
};

try {
  if (verb === 'lists') process.stdout.write(await lists());
  else await pipeline(await read(file), process.stdout);
} catch (error) {
  console.error(`the backups cannot be read: ${String(error?.message ?? error).replace(/\s+/g, ' ')}`);
  process.exitCode = 1;
}
"""
