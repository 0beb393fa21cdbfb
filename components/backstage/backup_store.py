"""The program that encrypts a dump, writes it to where backups are kept, and deletes old ones.

A backup is two files: ``NAME.age``, and ``NAME.json``, which says what is in it and is written last. So what a program
that was killed left behind is no backup, and is deleted by the next one.

It keeps the newest backup of each of the last days and weeks that have one, and the newest ones that were made before a
release and by hand. Names sort by time.
"""

from __future__ import annotations

from portal.contract import (
    BACKUP_BEFORE_RELEASE,
    BACKUP_BY_HAND,
    BACKUP_FORMAT,
    BACKUP_NAME,
    BACKUP_SETTINGS_FILE,
    BACKUP_WORK,
)

# For all tries of a backup of the schedule together.
SCHEDULED_LIMIT_SECONDS = 3600

STORE = rf"""import {{ createHash }} from 'node:crypto';
import {{ createReadStream, readFileSync, writeFileSync }} from 'node:fs';
import {{ join }} from 'node:path';
import {{ Transform }} from 'node:stream';
import {{ encrypted }} from './age.mjs';
import {{ list, remove, write }} from './place.mjs';

const work = process.env.BACKUP_WORK ?? '{BACKUP_WORK}';
const settings = JSON.parse(readFileSync(process.env.BACKUP_SETTINGS ?? '{BACKUP_SETTINGS_FILE}', 'utf8'));
const reason = process.env.BACKUP_REASON;
const SUFFIXES = {{ {BACKUP_BEFORE_RELEASE}: '-before', {BACKUP_BY_HAND}: '-hand' }};
const YOUNG_MS = {SCHEDULED_LIMIT_SECONDS}_000;
const oneLine = error => String(error?.message ?? error).replace(/\s+/g, ' ').trim();
const read = name => JSON.parse(readFileSync(join(work, name), 'utf8'));

const now = process.env.BACKUP_NOW ?? new Date().toISOString();
const name = now.replace(/[-:]/g, '').replace(/\.\d+/, '') + (SUFFIXES[reason] ?? '');

const store = async () => {{
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({{
    transform(piece, _, done) {{
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    }},
  }});
  const dumped = createReadStream(join(work, 'dump')).on('error', error => counted.destroy(error));
  const plain = dumped.pipe(counted);
  const encryptedBytes = await write(`${{name}}.age`, encrypted(plain, settings.publicKey));
  const {{ stack, release }} = settings;
  const dump = {{ bytes, sha256: hash.digest('hex'), encryptedBytes }};
  const told = {{ format: {BACKUP_FORMAT}, name, at: now, reason, stack, release, dump, tables: read('content'), migrations: read('migrations') }};
  await write(`${{name}}.json`, [Buffer.from(JSON.stringify(told, null, 1))]);
  return told;
}};

const week = day => {{
  // The Monday of the week: https://www.iso.org/iso-8601-date-and-time-format.html counts weeks from there.
  const date = new Date(`${{day.slice(0, 4)}}-${{day.slice(4, 6)}}-${{day.slice(6, 8)}}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}};

export const kept = (names, {{ daily, weekly, releases, byHand }}) => {{
  const newestFirst = [...names].sort().reverse();
  const newestOf = (group, count) => {{
    const found = new Map();
    for (const one of newestFirst) if (!found.has(group(one))) found.set(group(one), one);
    return [...found.values()].slice(0, count);
  }};
  return new Set([
    ...newestFirst.slice(0, 1),
    ...newestOf(one => one.slice(0, 8), daily),
    ...newestOf(week, weekly),
    ...newestFirst.filter(one => one.endsWith(SUFFIXES.{BACKUP_BEFORE_RELEASE})).slice(0, releases),
    ...newestFirst.filter(one => one.endsWith(SUFFIXES.{BACKUP_BY_HAND})).slice(0, byHand),
  ]);
}};

const clean = async () => {{
  const files = (await list()).filter(one => /^{BACKUP_NAME}\.(age|json)(\.partial)?$/.test(one.file));
  const there = new Set(files.map(one => one.file));
  const names = [...there].filter(file => file.endsWith('.json')).map(file => file.slice(0, -5));
  const whole = names.filter(one => there.has(`${{one}}.age`));
  const stay = kept(whole, settings.keep);
  // The list of a backup goes first: without its list, a file is no backup.
  const lists = files.filter(one => one.file.endsWith('.json'));
  for (const {{ file, age }} of [...lists, ...files.filter(one => !lists.includes(one))]) {{
    const [base, kind, partial] = file.split('.');
    if (stay.has(base) && !partial) continue;
    // Another pod may be writing the files of a backup that is not whole yet.
    if (!whole.includes(base) && age < YOUNG_MS) continue;
    await remove(file);
    if (kind === 'json' && !partial) console.log(`deleted ${{base}}: newer ones replace it`);
  }}
}};

// A bucket may let nobody delete. Backups go on all the same.
const tidy = () => clean().catch(error => console.error(`old backups could not be deleted: ${{oneLine(error)}}`));

const fail = error => {{
  const cause = `the backup could not be stored: ${{oneLine(error)}}`;
  console.error(cause);
  try {{
    writeFileSync('/dev/termination-log', cause.slice(0, 4000), {{ flag: 'r+' }});
  }} catch {{
    // Not in a container.
  }}
  // Node 24 sometimes never ends if it is told to exit at once, with large buffers about to be freed.
  process.exitCode = 1;
}};

if (reason)
  try {{
    // First, as a volume that is full would stay so.
    await tidy();
    const told = await store();
    await tidy();
    const rows = told.tables.reduce((sum, one) => sum + one.rows, 0);
    console.log(`${{told.name}}: ${{told.tables.length}} tables, ${{rows}} rows, ${{told.dump.encryptedBytes}} bytes`);
  }} catch (error) {{
    fail(error);
  }}
"""  # noqa: E501 - one object
