"""The module with which the pods of a portal migrate their database one after the other.

Two that meet an empty database, or a new release's migrations, run into each other: one finds a migration's lock and
gives up, and a process that ends on the way leaves its lock behind for ever (backstage/charts#300,
backstage/backstage#24284). An advisory lock of PostgreSQL goes with its connection, however that ends
(https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS). It is held until the pod is ready: that is
when the last plugin has migrated, and Backstage tells of no earlier moment. Whoever has it knows that nobody else
migrates: a migration's lock that is set then was left behind, and is taken away.

``TURN`` is the number of the lock. It has nothing to do with the port; every pod of a portal only has to take the same.
"""

from __future__ import annotations

from components.backstage.javascript import with_contract

START_LOCK = with_contract(r"""import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

const { @DATABASE_HOST@: host, @DATABASE_PORT@: port, @DATABASE_USER@: user, @DATABASE_NAME@: database } = process.env;
const { @DATABASE_PASSWORD_PATH@: passwordFile, @DATABASE_TLS@: tls, @DATABASE_AUTHORITY@: authority } = process.env;
const TURN = 7007;
const LEFT_BEHIND = `
  SELECT format('UPDATE %I.%I SET is_locked = 0 WHERE is_locked <> 0', schemaname, tablename) AS repair, schemaname
  FROM pg_tables
  WHERE tablename LIKE '%knex_migrations_lock'
    AND has_table_privilege(format('%I.%I', schemaname, tablename), 'UPDATE')`;

const connect = async () => {
  const { Client } = createRequire(`${process.cwd()}/`)('pg');
  const ssl = tls ? { rejectUnauthorized: true, ca: authority && readFileSync(authority, 'utf8') } : false;
  for (;;) {
    const password = readFileSync(passwordFile, 'utf8').trimEnd();
    const where = { host, port: Number(port), user, database };
    const client = new Client({ ...where, password, ssl, connectionTimeoutMillis: 5000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      console.log(`waiting for ${host}:${port}: ${error.message}`);
      await client.end().catch(() => {});
      await sleep(1000);
    }
  }
};

const releaseOnceReady = client => {
  const again = () => sleep(250).then(look);
  const look = () =>
    get({ host: '127.0.0.1', port: @PORT@, path: '@READINESS@' }, answer => {
      answer.resume();
      if (answer.statusCode === 200) client.end().catch(() => {});
      else again();
    }).on('error', again);
  again();
};

if (isMainThread) {
  const client = await connect();
  // Asked again and again: who waits inside of a statement keeps migrations from building indexes concurrently.
  const mine = async () => (await client.query('SELECT pg_try_advisory_lock($1) AS mine', [TURN])).rows[0].mine;
  for (let told = false; !(await mine()); told = true) {
    if (!told) console.log('another pod of this portal starts: waiting until it is ready');
    await sleep(250);
  }
  for (const { repair, schemaname } of (await client.query(LEFT_BEHIND)).rows) {
    const { rowCount } = await client.query(repair);
    if (rowCount) console.log(`a lock that a migration left behind in ${schemaname} was taken away`);
  }
  releaseOnceReady(client);
}
""")
