"""The module with which the others connect to the portal's database, and take turns there.

Two that migrate a database at the same time run into each other: one finds a migration's lock and gives up, and a
process that ends on the way leaves its lock behind for ever (backstage/charts#300, backstage/backstage#24284). An
advisory lock of PostgreSQL goes with its connection, however that ends
(https://www.postgresql.org/docs/18/explicit-locking.html#ADVISORY-LOCKS). Whoever has it knows that nobody else
migrates: a migration's lock that is set then was left behind, and is taken away.

``TURN`` is the number of the lock. It has nothing to do with the port; everything that migrates a portal's database
only has to take the same.
"""

from __future__ import annotations

from components.backstage.database_credential import credential_use
from components.backstage.javascript import with_contract
from components.database.connection import DatabaseConnection

_CLIENT = with_contract(r"""import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const { @DATABASE_HOST@: host, @DATABASE_PORT@: port, @DATABASE_USER@: user, @DATABASE_NAME@: database } = process.env;
const { @READ@, @DATABASE_TLS@: tls, @DATABASE_AUTHORITY@: authority } = process.env;@BEFORE@
const TURN = 7007;
const LEFT_BEHIND = `
  SELECT format('UPDATE %I.%I SET is_locked = 0 WHERE is_locked <> 0', schemaname, tablename) AS repair, schemaname
  FROM pg_tables
  WHERE tablename LIKE '%knex_migrations_lock'
    AND has_table_privilege(format('%I.%I', schemaname, tablename), 'UPDATE')`;

export const where = () => ({
  host,
  port: Number(port),
  user,
  database,
  password: @PASSWORD@,
  ssl: tls ? { rejectUnauthorized: true, ca: authority && readFileSync(authority, 'utf8') } : false,
  connectionTimeoutMillis: 5000,
});

export const connect = async (limitMs = Infinity) => {
  const began = Date.now();
  const { Client } = createRequire(`${process.cwd()}/`)('pg');
  for (;;) {
    const client = new Client(where());
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      console.log(`waiting for ${host}:${port}: ${error.message}`);
      await client.end().catch(() => {});
      if (Date.now() - began > limitMs) throw new Error(`no connection to ${host}:${port}: ${error.message}`);
      await sleep(1000);
    }
  }
};

export const takeTurn = async (client, waiting) => {
  // Asked again and again: who waits inside of a statement keeps migrations from building indexes concurrently.
  const mine = async () => (await client.query('SELECT pg_try_advisory_lock($1) AS mine', [TURN])).rows[0].mine;
  for (let told = false; !(await mine()); told = true) {
    if (!told) console.log(waiting);
    await sleep(250);
  }
  for (const { repair, schemaname } of (await client.query(LEFT_BEHIND)).rows) {
    const { rowCount } = await client.query(repair);
    if (rowCount) console.log(`a lock that a migration left behind in ${schemaname} was taken away`);
  }
};
""")


def database_client(database: DatabaseConnection) -> str:
    """The module, with the credential of this database."""
    code = credential_use(database.credential).client
    return _CLIENT.replace("@READ@", code.read).replace("@BEFORE@", code.before).replace("@PASSWORD@", code.expression)
