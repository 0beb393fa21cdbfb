"""The program that makes the portal's role in a database on RDS.

It reads the password of the master user from Secrets Manager, which renews it every week, and uses it for one
transaction. That makes the role if there is none, and puts right what differs from what it should be, so it can run
again at any time. The role signs in with tokens only: it has no password.

Before its pod's rights have reached all of AWS, Secrets Manager may refuse it, and a password may have been renewed
between reading and using it. So each try reads the secret anew. What it says has no secret in it: messages of AWS and
PostgreSQL have none, and whatever cannot be read as a secret is not shown.
"""

from __future__ import annotations

from components.backstage.javascript import with_contract

MAKE_RDS_ROLE = with_contract(r"""import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { where } from './database-client.mjs';

const { @DATABASE_REGION@: region, @MASTER_SECRET@: secretId, @SECRETS_ADDRESS@: address } = process.env;
const { host, port, user: role, database } = where();
// Within the time limit of the Job, with all of its tries.
const LIMIT_MS = 240_000;
const PAUSE_MS = 3_000;
const ANSWER_MS = 10_000;
const COMMENT = 'The portal: signs in with an AWS role, and owns its own schemas only';

const { Client } = createRequire(`${process.cwd()}/`)('pg');
const backend = createRequire(`${process.cwd()}/packages/backend/package.json`);
const ofBackstage = createRequire(backend.resolve('@backstage/backend-defaults/package.json'));
// What the signer of tokens is made of can sign requests, too.
const ofSigner = createRequire(ofBackstage.resolve('@aws-sdk/rds-signer'));
const { SignatureV4 } = ofSigner('@smithy/signature-v4');
const { Sha256 } = ofSigner('@smithy/core/checksum');
const { fromNodeProviderChain } = ofSigner('@aws-sdk/credential-providers');

const signer = new SignatureV4({ service: 'secretsmanager', region, sha256: Sha256, credentials: fromNodeProviderChain() });

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
const masterOf = async () => {
  const url = new URL(address);
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port ? Number(url.port) : undefined,
    path: '/',
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body: JSON.stringify({ SecretId: secretId }),
  };
  const { headers, body, method } = await signer.sign(request);
  const answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Secrets Manager answered ${answer.status}: ${refused(text)}`);
  try {
    const { username, password } = JSON.parse(JSON.parse(text).SecretString);
    if (username && password) return { username, password };
  } catch {
    // Said below, without what it is.
  }
  throw new Error('the secret of the master user has no username and password');
};

const refused = text => {
  try {
    const { __type, message, Message } = JSON.parse(text);
    return `${String(__type).split('#').pop()}: ${message ?? Message}`;
  } catch {
    return 'no reason';
  }
};

// What holds of the role, by the words for it.
const STATE = `
  SELECT r.rolcanlogin AS "it may sign in",
    NOT (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR 'rds_superuser' = ANY (g.roles))
      AS "it rules over nothing else",
    'rds_iam' = ANY (g.roles) AS "it signs in with tokens",
    shobj_description(r.oid, 'pg_authid') IS NOT DISTINCT FROM $3 AS "it says what it is",
    d.granted @> ARRAY['CONNECT', 'CREATE', 'TEMPORARY'] AS "it may use the database and make schemas in it"
  FROM pg_roles r, LATERAL (
    SELECT coalesce(array_agg(b.rolname::text), '{}') AS roles
    FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.roleid WHERE m.member = r.oid
  ) g, LATERAL (
    SELECT coalesce(array_agg(a.privilege_type), '{}') AS granted
    FROM pg_database b, aclexplode(b.datacl) a WHERE b.datname = $2 AND a.grantee = r.oid
  ) d
  WHERE r.rolname = $1`;
const OPEN = `
  SELECT EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) a WHERE a.grantee = 0) AS open
  FROM pg_database WHERE datname = $1`;

const make = async client => {
  const said = [];
  const one = async (statement, values) => (await client.query(statement, values)).rows[0];
  // Names and texts become parts of statements in PostgreSQL, which knows how.
  const run = async (form, ...values) => {
    const places = values.map((_, index) => `$${index + 2}::text`);
    const { statement } = await one(`SELECT format(${['$1::text', ...places].join(', ')}) AS statement`, [form, ...values]);
    await client.query(statement);
  };
  const state = () => one(STATE, [role, database, COMMENT]);
  const before = await state();
  if (!before) {
    await run('CREATE ROLE %I LOGIN', role);
    said.push(`the role ${role} was made`);
  } else {
    await run('ALTER ROLE %I LOGIN NOCREATEDB NOCREATEROLE PASSWORD NULL', role);
  }
  await run('GRANT rds_iam TO %I', role);
  await run('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', database, role);
  await run('COMMENT ON ROLE %I IS %L', role, COMMENT);
  const open = async () => (await one(OPEN, [database])).open;
  if (await open()) {
    await run('REVOKE ALL ON DATABASE %I FROM PUBLIC', database);
    if (await open()) throw new Error(`everybody may use the database ${database}, and the master user cannot change that`);
    said.push(`nobody else may use the database ${database}`);
  }
  const after = await state();
  const missing = Object.keys(after).filter(fact => !after[fact]);
  if (missing.length) throw new Error(`the role ${role} is not what it has to be, as this does not hold: ${missing.join('; ')}`);
  said.push(...Object.keys(after).filter(fact => !before?.[fact]));
  return said.length ? said : [`the role ${role} is as it has to be`];
};

const attempt = async () => {
  const { username, password } = await masterOf();
  const client = new Client({ ...where(), user: username, password });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('BEGIN');
    const said = await make(client);
    await client.query('COMMIT');
    return said;
  } finally {
    await client.end().catch(() => {});
  }
};

const oneLine = error =>
  [error?.message, error?.cause?.message].filter(Boolean).join(': ').replace(/\s+/g, ' ').trim() || String(error);

@FAIL@

let reason = 'nothing has answered yet';
setTimeout(() => fail(`the role ${role} could not be made: ${reason}`), LIMIT_MS).unref();
process.on('SIGTERM', () => fail(`it was asked to end: ${reason}`));
for (;;) {
  try {
    for (const line of await attempt()) console.log(line);
    process.exit(0);
  } catch (error) {
    if (oneLine(error) !== reason) console.log(`trying again: ${oneLine(error)}`);
    reason = oneLine(error);
    await sleep(PAUSE_MS);
  }
}
""")  # noqa: E501 - statements
