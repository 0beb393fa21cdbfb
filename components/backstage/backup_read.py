"""The program that reads backups: the list of each, or the encrypted file of one."""

from __future__ import annotations

from portal.contract import BACKUP_NAME

READ = rf"""import {{ text }} from 'node:stream/consumers';
import {{ pipeline }} from 'node:stream/promises';
import {{ list, read }} from './place.mjs';

const [verb, file] = process.argv.slice(2);

const lists = async () => {{
  const names = (await list()).map(one => one.file).filter(name => /^{BACKUP_NAME}\.json$/.test(name));
  const all = await Promise.allSettled(names.map(async name => text(await read(name))));
  const failed = all.filter(one => one.status === 'rejected').map(one => one.reason);
  if (failed.length && failed.length === all.length) throw failed[0];
  // Another pod may have deleted one meanwhile.
  return all.filter(one => one.status === 'fulfilled').map(one => one.value).join('\n');
}};

try {{
  if (verb === 'lists') process.stdout.write(await lists());
  else await pipeline(await read(file), process.stdout);
}} catch (error) {{
  console.error(`the backups cannot be read: ${{String(error?.message ?? error).replace(/\s+/g, ' ')}}`);
  process.exitCode = 1;
}}
"""
