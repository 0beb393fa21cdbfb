"""The program that encrypts a dump, puts it onto the volume of the backups, and deletes old ones.

A backup is two files: ``NAME.age``, and ``NAME.json``, which says what is in it and is written last. So what a program
that was killed left behind is no backup, and is deleted by the next one.

It keeps the newest backup of each of the last days and weeks that have one, and the newest ones that were made before a
release. Names sort by time.
"""

from __future__ import annotations

from portal.contract import BACKUP_BEFORE_RELEASE, BACKUP_FOLDER, BACKUP_FORMAT, BACKUP_SETTINGS_FILE, BACKUP_WORK

# For all tries of a backup of the schedule together.
SCHEDULED_LIMIT_SECONDS = 3600

STORE = rf"""import {{ createHash }} from 'node:crypto';
import {{ createReadStream, createWriteStream, fsyncSync, openSync, closeSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync }} from 'node:fs';
import {{ join }} from 'node:path';
import {{ Readable, Transform }} from 'node:stream';
import {{ pipeline }} from 'node:stream/promises';
import {{ encrypted }} from './age.mjs';

const folder = process.env.BACKUP_FOLDER ?? '{BACKUP_FOLDER}';
const work = process.env.BACKUP_WORK ?? '{BACKUP_WORK}';
const settings = JSON.parse(readFileSync(process.env.BACKUP_SETTINGS ?? '{BACKUP_SETTINGS_FILE}', 'utf8'));
const reason = process.env.BACKUP_REASON;
const BEFORE = '-before';
const YOUNG_MS = {SCHEDULED_LIMIT_SECONDS}_000;
const read = name => JSON.parse(readFileSync(join(work, name), 'utf8'));

const now = process.env.BACKUP_NOW ?? new Date().toISOString();
const name = now.replace(/[-:]/g, '').replace(/\.\d+/, '') + (reason === '{BACKUP_BEFORE_RELEASE}' ? BEFORE : '');

const sync = path => {{
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}};

const write = async () => {{
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({{
    transform(piece, _, done) {{
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    }},
  }});
  const partial = join(folder, `${{name}}.partial`);
  const plain = createReadStream(join(work, 'dump')).pipe(counted);
  await pipeline(Readable.from(encrypted(plain, settings.publicKey)), createWriteStream(partial, {{ mode: 0o600 }}));
  sync(partial);
  renameSync(partial, join(folder, `${{name}}.age`));
  const {{ stack, release }} = settings;
  const dump = {{ bytes, sha256: hash.digest('hex'), encryptedBytes: statSync(join(folder, `${{name}}.age`)).size }};
  const told = {{ format: {BACKUP_FORMAT}, name, at: now, reason, stack, release, dump, tables: read('content'), migrations: read('migrations') }};
  const list = join(folder, `${{name}}.list`);
  writeFileSync(list, JSON.stringify(told, null, 1), {{ mode: 0o600 }});
  sync(list);
  renameSync(list, join(folder, `${{name}}.json`));
  return told;
}};

const week = day => {{
  // The Monday of the week: https://www.iso.org/iso-8601-date-and-time-format.html counts weeks from there.
  const date = new Date(`${{day.slice(0, 4)}}-${{day.slice(4, 6)}}-${{day.slice(6, 8)}}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}};

export const kept = (names, {{ daily, weekly, releases }}) => {{
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
    ...newestFirst.filter(one => one.endsWith(BEFORE)).slice(0, releases),
  ]);
}};

const clean = () => {{
  const files = readdirSync(folder).filter(file => /^\d{{8}}T\d{{6}}Z(-before)?\.(age|json|partial|list)$/.test(file));
  const whole = files.filter(file => file.endsWith('.json') && files.includes(`${{file.slice(0, -5)}}.age`));
  const names = whole.map(file => file.slice(0, -5));
  const stay = kept(names, settings.keep);
  // Another pod may be writing the files of a backup that is not whole yet.
  const young = file => Date.now() - statSync(join(folder, file)).mtimeMs < YOUNG_MS;
  for (const file of files) {{
    const [base, kind] = file.split('.');
    if (stay.has(base) && (kind === 'age' || kind === 'json')) continue;
    if (!names.includes(base) && young(file)) continue;
    rmSync(join(folder, file), {{ force: true }});
    if (kind === 'json') console.log(`deleted ${{base}}: newer ones replace it`);
  }}
}};

const fail = error => {{
  const cause = `the backup could not be stored: ${{String(error?.message ?? error).replace(/\s+/g, ' ')}}`;
  console.error(cause);
  try {{
    rmSync(join(folder, `${{name}}.partial`), {{ force: true }});
    writeFileSync('/dev/termination-log', cause.slice(0, 4000));
  }} catch {{
    // Not in a container.
  }}
  process.exit(1);
}};

if (reason)
  // First, as a volume that is full would stay so.
  Promise.resolve().then(clean).then(write).then(told => {{
    clean();
    const rows = told.tables.reduce((sum, one) => sum + one.rows, 0);
    console.log(`${{told.name}}: ${{told.tables.length}} tables, ${{rows}} rows, ${{told.dump.encryptedBytes}} bytes`);
  }}).catch(fail);
"""  # noqa: E501 - the names of one module, and one object
