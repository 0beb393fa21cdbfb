"""The program that runs the database migrations of all plugins, before any pod of a release starts.

It does what plugins do when they start: it makes a plugin's schema, and runs the migrations of its packages with knex
(see ``portal.stack.migrations``). Where there is nothing to do it ends within a second. So a release that brings no
migrations needs no other way to start.

Before it changes anything, it compares the lists in the database with those of the release. A migration that is in the
database, and that neither the release nor its list of harmless later ones has, is one that this release may break on:
it refuses to go on. It runs one migration after the other, so that its log says which one takes long, and the cause of
a failure names it. Each one is a transaction, unless the migration itself says otherwise
(https://knexjs.org/guide/migrations.html#transactions-in-migrations).

It says why it ends before Kubernetes ends it, as a pod that Kubernetes ends takes its log along. If it is asked to
end, it finishes the migration that runs: half of one that is no transaction would stay. What a failure says has no
values of rows in it.
"""

from __future__ import annotations

from components.backstage.javascript import with_contract

MIGRATE = with_contract(r"""import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { connect, takeTurn, where } from './database-client.mjs';

const require = createRequire(`${process.cwd()}/packages/backend/package.json`);
const packageFile = name => require.resolve(`${name}/package.json`);
const knex = createRequire(packageFile('@backstage/backend-defaults'))('knex');
const schemas = JSON.parse(readFileSync('@MIGRATIONS_FILE@', 'utf8'));

// Within the time limit of the Job, with all of its tries.
const CONNECT_MS = 150_000;
const LIMIT_MS = 540_000;

class Refusal extends Error {}

const listed = names => names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
const oneLine = error => String(error?.message ?? error).replace(/\s+/g, ' ').trim();

const applied = async (client, schema, table) => {
  const name = `"${schema.replaceAll('"', '""')}"."${table}"`;
  if (!(await client.query('SELECT to_regclass($1) AS found', [name])).rows[0].found) return [];
  return (await client.query(`SELECT name FROM ${name} ORDER BY id`)).rows.map(row => row.name);
};

const compared = async client => {
  const todo = [];
  const unknown = [];
  // Packages that share a schema share its list too.
  for (const [schema, sets] of Object.entries(schemas)) {
    const known = table => sets.filter(set => set.table === table).flatMap(set => [...set.names, ...set.later]);
    for (const table of new Set(sets.map(set => set.table))) {
      const there = await applied(client, schema, table);
      unknown.push(...there.filter(name => !known(table).includes(name)).map(name => `${schema}: ${name}`));
      for (const set of sets.filter(one => one.table === table)) {
        const names = set.names.filter(name => !there.includes(name));
        if (names.length) todo.push({ ...set, schema, names });
      }
    }
  }
  if (unknown.length)
    throw new Refusal(
      `the database has migrations that this release does not know (${listed(unknown)}): ` +
        'deploy the later release again, or restore a backup from before it',
    );
  return todo;
};

const migrate = async set => {
  const directory = join(dirname(packageFile(set.package)), set.folder);
  const missing = set.names.filter(name => !existsSync(join(directory, name)));
  if (missing.length) throw new Refusal(`the image lacks migrations of ${set.package}: ${listed(missing)}`);
  const options = { directory, tableName: set.table, disableMigrationsListValidation: true };
  // Without the statement in the message of an error: it has the values of rows.
  const quiet = { client: 'pg', compileSqlOnError: false };
  const database = knex({ ...quiet, connection: where(), searchPath: [set.schema], pool: { min: 0, max: 1 } });
  try {
    for (const name of set.names) {
      if (ending) throw new Refusal(`it was asked to end before the migration ${name} of ${set.schema}`);
      const began = Date.now();
      state = `the migration ${name} of ${set.schema} runs`;
      try {
        await database.migrate.up({ ...options, name });
      } catch (error) {
        throw new Refusal(`the migration ${name} of ${set.schema} failed: ${oneLine(error)}`);
      }
      console.log(`${set.schema}: ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    }
  } finally {
    await database.destroy();
  }
};

let state = 'it waits for the database';
let migrates = false;
let ending = false;

const main = async () => {
  const client = await connect(CONNECT_MS);
  state = 'somebody else migrates this database';
  await takeTurn(client, `${state}: waiting until they are done`);
  state = 'it compares what is there';
  migrates = true;
  const todo = await compared(client);
  for (const schema of new Set(todo.map(set => set.schema)))
    await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema.replaceAll('"', '""')}"`);
  for (const set of todo) await migrate(set);
  const left = await compared(client);
  if (left.length) throw new Refusal(`migrations did not run (${listed(left.flatMap(set => set.names))})`);
  const count = todo.reduce((sum, set) => sum + set.names.length, 0);
  console.log(count ? `migrations that ran: ${count}` : 'nothing to migrate');
};

@FAIL@

process.on('SIGTERM', () => {
  ending = true;
  if (!migrates) fail(`it was asked to end while ${state}`);
});
setTimeout(() => fail(`it is not done within ${LIMIT_MS / 1000} s: ${state}`), LIMIT_MS).unref();
main().then(
  () => process.exit(0),
  error => fail(error instanceof Refusal ? error.message : `the database could not be migrated: ${oneLine(error)}`),
);
""")
